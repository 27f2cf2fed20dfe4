// SPDX-License-Identifier: Apache-2.0
// What every shipped DRAM standard must show by arithmetic on its datasheet: idle latencies and sustained rates on one
// channel, exactly; and under every pattern and load nothing above the peak, below the idle latency or falling with load.
#include "models/dram/load_test.hpp"
#include "tests/support/dram_standards.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace {

using namespace strata;
using namespace dram;

constexpr const char* groups_first = "row bank column bank_group channel";
constexpr const char* columns_first = "row bank bank_group column channel";

class dram_formulas : public testing::TestWithParam<test::dram_standard> {
protected:
  dram_config c = test::one_channel(GetParam().config);
  void SetUp() override {
    c.refresh = refresh_kind::none;
    c.mapping = groups_first;
  }
  cycle cycles(base::femtoseconds t) const { return (t + c.clock_period() / 2) / c.clock_period(); }
  std::uint64_t row_span() const { return static_cast<std::uint64_t>(c.row_bytes.value()) * c.banks(); } ///< a row of every bank

  /// Latencies in cycles of reads at `addresses`, one after the other.
  std::vector<cycle> latencies(const std::vector<std::uint64_t>& addresses) const {
    const auto r = load_test(c, [&](std::uint64_t i) { return dram::access{addresses[i]}; }, addresses.size(), 1);
    std::vector<cycle> result;
    for (const auto t : r.read_latencies)
      result.push_back(cycles(t));
    return result;
  }
  /// Cycles that `n` more accesses of a pattern take once it runs.
  cycle steady(const pattern& p, std::uint64_t n) const {
    const access_sequence accesses = make_sequence(p);
    return cycles(load_test(c, accesses, 2 * n, 0).elapsed) - cycles(load_test(c, accesses, n, 0).elapsed);
  }
  pattern whole(address_order order = address_order::sequential) const {
    pattern p;
    p.order = order;
    p.unit = c.burst_bytes();
    p.capacity = c.capacity_bytes();
    return p;
  }
};

TEST_P(dram_formulas, idle_latency_of_closed_bank_row_hit_and_row_miss) {
  c.controller_latency = base::duration::of(100e-9);
  const timing t(c);
  const auto fixed = (base::to_femtoseconds(c.controller_latency) + c.clock_period() / 2) / c.clock_period();
  const cycle hit = t.cl + t.burst, closed = t.rcd_read + hit;
  // Another row is asked for when the data of the first read is through, `closed` after its activate.
  const cycle reopened = std::max(std::max({closed, t.ras, t.rcd_read + t.rtp}) + t.rp, t.rc);
  const cycle miss = reopened - closed + t.rcd_read + hit;
  const auto measured = latencies({0, 0, row_span()});
  EXPECT_NEAR(static_cast<double>(measured[0]), static_cast<double>(closed + fixed), 1);
  EXPECT_NEAR(static_cast<double>(measured[1]), static_cast<double>(hit + fixed), 1);
  const auto after_one = latencies({0, row_span()});
  EXPECT_NEAR(static_cast<double>(after_one[1]), static_cast<double>(miss + fixed), 1);
}

TEST_P(dram_formulas, row_hits_fill_the_bus_or_wait_for_their_group) {
  const timing t(c);
  pattern p = whole();
  p.capacity = row_span(); // stays in the rows that the first round opens
  const std::uint64_t n = 4 * row_span() / c.burst_bytes();
  for (const double reads : {1.0, 0.0}) {
    p.reads = reads;
    c.mapping = groups_first;
    EXPECT_EQ(steady(p, n), n * t.ccd_s) << reads;
    EXPECT_EQ(t.ccd_s, t.burst) << "the standard reaches its peak bandwidth";
    c.mapping = columns_first;
    pattern row = p;
    row.capacity = static_cast<std::uint64_t>(c.row_bytes.value()); // one bank
    EXPECT_EQ(steady(row, n), n * t.ccd_l) << reads;
  }
}

TEST_P(dram_formulas, refresh_takes_its_share_and_what_closing_and_opening_cost) {
  c.refresh = refresh_kind::all_bank;
  const timing t(c);
  pattern p = whole();
  p.capacity = row_span();
  const cycle rounds = 40;
  const std::uint64_t n = rounds * t.refi / t.burst;
  const double share = static_cast<double>(n * t.burst) / static_cast<double>(steady(p, n));
  const auto lost = [&](cycle cycles) { return 1 - static_cast<double>(cycles) / static_cast<double>(t.refi); };
  // Banks close after their last read; then they open one after the other, and the bus runs as soon as one has.
  EXPECT_LE(share, lost(t.rfc + t.rp) * 1.002);
  EXPECT_GE(share, lost(t.rfc + t.rp + t.rtp + t.rcd_read + c.bank_groups * t.rrd_s + 2 * t.burst + 2) * 0.998);
}

TEST_P(dram_formulas, refreshes_of_single_banks_leave_the_others_to_work) {
  c.refresh = refresh_kind::per_bank;
  EXPECT_NO_THROW(c.validate());
  const timing t(c);
  pattern p = whole(address_order::random);
  const std::uint64_t n = 8000;
  const cycle with = steady(p, n);
  c.refresh = refresh_kind::none;
  const double share = static_cast<double>(steady(p, n)) / static_cast<double>(with);
  const double bank_away = static_cast<double>(t.rfc + t.rp) / static_cast<double>(t.refi * t.refresh_units);
  EXPECT_LE(share, 1.01);
  EXPECT_GE(share, 1 - 5 * bank_away); // random reads to that bank fill the queue and hold the others back
}

TEST_P(dram_formulas, every_read_another_row_of_one_bank) {
  const timing t(c);
  pattern p = whole(address_order::strided);
  p.stride = row_span();
  const std::uint64_t n = 500;
  EXPECT_EQ(steady(p, n), n * std::max(t.rc, t.rcd_read + t.rtp + t.rp));
}

TEST_P(dram_formulas, activates_bound_random_reads) {
  const timing t(c);
  c.read_queue = 256; // so that some bank is always ready
  const std::uint64_t n = 4000;
  const auto r = load_test(c, make_sequence(whole(address_order::random)), n, 0);
  EXPECT_GT(r.activates, n * 95 / 100);
  const auto per_activate = static_cast<double>(std::max({4 * t.rrd_s, t.faw, 4 * t.burst})) / 4;
  const double share_of_bound = static_cast<double>(n) * per_activate / static_cast<double>(cycles(r.elapsed));
  EXPECT_LE(share_of_bound, 1.01);
  EXPECT_GE(share_of_bound, 0.75);
}

TEST_P(dram_formulas, sequential_reads_as_shipped_lose_only_the_refresh) {
  const dram_config shipped = GetParam().config;
  c = test::one_channel(shipped);
  c.bank_hash = shipped.bank_hash;
  const timing t(c);
  const std::uint64_t n = 20 * t.refi / t.burst;
  const double share = static_cast<double>(n * t.burst) / static_cast<double>(steady(whole(), n));
  EXPECT_GE(share, 1 - static_cast<double>(t.rfc + t.rp + t.ras + t.rcd_read) / static_cast<double>(t.refi) - 0.02);
}

TEST_P(dram_formulas, no_anomaly_in_any_pattern_as_more_is_outstanding) {
  c = test::one_channel(GetParam().config);
  c.refresh = refresh_kind::none; // how many fall into a short run would be chance
  const timing t(c);
  const std::uint64_t n = 2000;
  std::vector<pattern> patterns{whole(), whole(address_order::random), whole(address_order::two_streams),
                                whole(address_order::strided), whole(), whole(address_order::random)};
  patterns[3].stride = 4096;
  patterns[4].reads = 2.0 / 3;
  patterns[5].reads = 0.5;
  for (std::size_t i = 0; i < patterns.size(); ++i) {
    double before = 0;
    for (const std::uint64_t outstanding : {1, 2, 4, 8, 16, 32, 64}) {
      SCOPED_TRACE("pattern " + std::to_string(i) + ", outstanding " + std::to_string(outstanding));
      const auto r = load_test(c, make_sequence(patterns[i]), n, outstanding);
      const auto elapsed = static_cast<double>(cycles(r.elapsed));
      const double share = static_cast<double>(n * t.burst) / elapsed;
      EXPECT_LE(share, 1);
      // Fewer writes than the low watermark give way to every read, as in the simulators compared: each costs two turns.
      if (patterns[i].reads == 1 || static_cast<double>(outstanding) > 2 * c.write_low * c.write_queue) {
        EXPECT_GE(share, before * 0.96) << "more outstanding, less bandwidth";
        before = std::max(before, share);
      }
      cycle fastest = never_cycle, sum = 0;
      for (const auto latency : r.read_latencies) {
        fastest = std::min(fastest, cycles(latency));
        sum += cycles(latency);
      }
      EXPECT_GE(fastest, t.cl + t.burst);
      EXPECT_LE(static_cast<double>(sum), static_cast<double>(outstanding) * elapsed) << "Little's law";
    }
  }
}

INSTANTIATE_TEST_SUITE_P(every_standard, dram_formulas, testing::ValuesIn(test::dram_standards()),
                         [](const auto& standard) { return standard.param.name; });

} // namespace
