// SPDX-License-Identifier: Apache-2.0
// Bandwidth and read latency against the median of Ramulator 2.1, DRAMsim3 and DRAMSys 5.1, run on the same patterns with
// the same timings, those of the technology files: one HBM3-6400 pseudo channel and one DDR4-2400 channel, 32 read and 32 write entries, FR-FCFS, open page.
#include "models/dram/load_test.hpp"
#include "models/dram/patterns.hpp"
#include "tests/support/dram_standards.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace {

using namespace strata::dram;

constexpr const char* groups_first = "row bank column bank_group channel";
constexpr const char* columns_first = "row bank bank_group column channel";

/// One technology file, as anybody would use it.
dram_config shipped(const std::string& name) {
  for (const auto& standard : strata::test::dram_standards())
    if (standard.name == name)
      return standard.config;
  throw std::invalid_argument(name);
}

struct outcome {
  double share_of_peak; ///< per cent
  double read_ns;       ///< acceptance to last data
};

outcome run(dram_config c, const char* mapping, std::uint64_t bursts, std::uint64_t outstanding, pattern p) {
  c.mapping = mapping;
  p.unit = c.burst_bytes();
  p.capacity = c.capacity_bytes();
  const load_result r = load_test(c, make_sequence(p), bursts, outstanding);
  double waited = 0;
  for (const auto t : r.read_latencies)
    waited += static_cast<double>(t);
  return {100.0 * static_cast<double>(bursts * p.unit) / strata::base::to_seconds(r.elapsed) / c.peak_bandwidth(),
          waited / static_cast<double>(r.reads) * 1e-6};
}

outcome sequential(const dram_config& c, const char* mapping) { return run(c, mapping, 200000, 0, {}); }
outcome random_reads(const dram_config& c, std::uint64_t bursts, std::uint64_t outstanding) {
  pattern p;
  p.order = address_order::random;
  return run(c, groups_first, bursts, outstanding, p);
}
outcome two_reads_to_a_write(const dram_config& c) {
  pattern p;
  p.reads = 2.0 / 3;
  return run(c, groups_first, 200000, 0, p);
}
outcome row_after_row(const dram_config& c) {
  pattern p;
  p.order = address_order::strided;
  p.stride = static_cast<std::uint64_t>(c.row_bytes.value()) * c.banks();
  return run(c, groups_first, 50000, 0, p);
}

void expect(const outcome& o, double share_of_peak, double read_ns = 0) {
  EXPECT_NEAR(o.share_of_peak / share_of_peak, 1, 0.03) << o.share_of_peak;
  if (read_ns > 0) {
    EXPECT_NEAR(o.read_ns / read_ns, 1, 0.05) << o.read_ns;
  }
}

TEST(dram_peers, hbm3_6400) {
  const dram_config c = shipped("hbm3_6400");
  expect(sequential(c, groups_first), 92.28, 57.8);
  expect(sequential(c, columns_first), 76.16, 67.3);
  expect(random_reads(c, 50000, 1), 2.47, 50.65);
  expect(random_reads(c, 200000, 8), 15.05, 66.0);
  expect(random_reads(c, 200000, 0), 30.47); // saturated latency is queue depth, where the tools differ
  expect(row_after_row(c), 2.59);
  expect(two_reads_to_a_write(c), 70.63, 99.57); // of Ramulator 2.1, whose write drain this is; the tools differ by policy
}

TEST(dram_peers, ddr4_2400) {
  const dram_config c = shipped("ddr4_2400");
  expect(sequential(c, groups_first), 96.29, 127.6);
  expect(sequential(c, columns_first), 75.72, 157.6);
  expect(random_reads(c, 50000, 1), 7.46, 44.69);
  expect(random_reads(c, 200000, 0), 59.1);
  expect(row_after_row(c), 7.02);
  expect(two_reads_to_a_write(c), 88.44, 197.7);
}

} // namespace
