// SPDX-License-Identifier: Apache-2.0
// Error correction: what check words cost in capacity, bandwidth and energy, and errors as often as their rate says.
#include "models/base/diagnostic.hpp"
#include "models/dram/check_traffic.hpp"
#include "models/dram/dram_policy.hpp"
#include "models/dram/energy.hpp"
#include "models/dram/error_process.hpp"
#include "models/dram/load_test.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <vector>

namespace {

using namespace strata;
using namespace dram;

dram_config with(ecc_kind ecc) {
  dram_config c;
  c.ecc = ecc;
  c.refresh = refresh_kind::none;
  c.bank_hash = false;
  c.activate_energy = base::energy::of(1e-9);
  c.refresh_energy = base::energy::of(30e-9);
  c.read_energy = c.write_energy = base::energy_per_bit::of(3e-12);
  c.controller_energy = base::energy_per_bit::of(5e-12);
  return c;
}

/// Share of the peak that data bursts get.
double share(const dram_config& c, address_order order, double reads) {
  pattern p;
  p.order = order;
  p.unit = c.burst_bytes();
  p.capacity = c.capacity_bytes();
  p.reads = reads;
  constexpr std::uint64_t requests = 50000;
  const load_result r = load_test(c, make_sequence(p), requests, 0);
  EXPECT_EQ(r.reads + r.writes, requests);
  return static_cast<double>(requests * p.unit) / base::to_seconds(r.elapsed) / c.peak_bandwidth();
}

TEST(dram_ecc, in_line_check_words_take_their_share_of_the_capacity) {
  const dram_config c = with(ecc_kind::in_line);
  const double installed = c.capacity.value();
  EXPECT_NEAR(static_cast<double>(c.capacity_bytes()), installed * 8 / 9, 1024);
  EXPECT_LE(static_cast<double>(c.capacity_bytes()) * 9 / 8, installed);
  EXPECT_EQ(c.rows(), dram_config{}.rows());
  EXPECT_EQ(with(ecc_kind::sideband).capacity_bytes(), dram_config{}.capacity_bytes());
}

TEST(dram_ecc, in_line_check_words_take_their_share_of_the_bandwidth) {
  const auto relative = [](address_order order, double reads) {
    return share(with(ecc_kind::in_line), order, reads) / share(with(ecc_kind::none), order, reads);
  };
  EXPECT_LT(relative(address_order::sequential, 1), 8.0 / 9 + 0.001); // at best each is moved once
  EXPECT_GT(relative(address_order::sequential, 1), 0.80);            // and opens rows of its own
  EXPECT_LT(relative(address_order::sequential, 0), 8.0 / 9 + 0.001);
  EXPECT_LT(relative(address_order::random, 1), 0.6); // one each
  EXPECT_LT(relative(address_order::random, 0), relative(address_order::random, 1)); // and changed, one is read and written
  for (const auto kind : {ecc_kind::on_die, ecc_kind::sideband})
    EXPECT_EQ(share(with(kind), address_order::random, 0.5), share(with(ecc_kind::none), address_order::random, 0.5));
}

TEST(dram_ecc, writes_gather_check_words_and_read_only_what_they_need) {
  dram_config c = with(ecc_kind::in_line);
  c.ecc_cache = 2;
  check_traffic checks(c);
  std::vector<check_traffic::burst> out;
  for (std::uint64_t local = 0; local < 16; ++local)
    checks.before(local, true, out);
  EXPECT_TRUE(out.empty()) << "two whole bursts of check words are in the cache";
  checks.before(16, true, out);
  ASSERT_EQ(out.size(), 1u) << "the older one goes, unread";
  EXPECT_TRUE(out[0].write);
  EXPECT_EQ(out[0].local, c.capacity_bytes() / c.burst_bytes());
  out.clear();
  checks.before(800, false, out); // replaces 8..15
  ASSERT_EQ(out.size(), 2u);
  EXPECT_TRUE(out[0].write);
  EXPECT_FALSE(out[1].write);
  out.clear();
  checks.before(801, false, out);
  EXPECT_TRUE(out.empty()) << "known";
  checks.before(1600, false, out); // replaces 16, of which only an eighth is known
  ASSERT_EQ(out.size(), 3u);
  EXPECT_FALSE(out[0].write);
  EXPECT_TRUE(out[1].write);
  EXPECT_EQ(out[0].local, out[1].local);
}

/// Time of one access on an idle memory by its bursts, in seconds.
double alone(dram_config c, const base::memory_access& a) {
  c.fidelity = fidelity_kind::burst;
  const auto policy = make_policy(c);
  policy->start(0, a);
  std::vector<std::uint64_t> done;
  base::femtoseconds now = 0;
  while (done.empty())
    policy->advance(now = policy->next(), done);
  return base::to_seconds(now);
}

base::memory_access access(std::uint64_t address, std::uint64_t bytes, bool write) {
  base::memory_access a{0, address, write, {}};
  a.stream.bytes = bytes;
  return a;
}

TEST(dram_ecc, a_write_of_part_of_a_code_word_reads_first) {
  const dram_config c = with(ecc_kind::on_die), none = with(ecc_kind::none);
  EXPECT_EQ(partial_writes(c, access(0, 16, true)), 0u);
  EXPECT_EQ(partial_writes(c, access(0, 8, true)), 1u);
  EXPECT_EQ(partial_writes(c, access(8, 40, true)), 1u);
  EXPECT_EQ(partial_writes(c, access(8, 36, true)), 2u);
  EXPECT_EQ(partial_writes(c, access(8, 36, false)), 0u);
  EXPECT_EQ(partial_writes(none, access(8, 36, true)), 0u);
  EXPECT_GT(alone(c, access(0, 8, true)), alone(none, access(0, 8, true)) + 10e-9);
  EXPECT_EQ(alone(c, access(0, 16, true)), alone(none, access(0, 16, true)));
}

TEST(dram_ecc, a_transfer_takes_longer_by_its_check_words_at_both_fidelities) {
  for (const bool write : {false, true}) {
    const auto transfer = access(0, 1 << 20, write);
    const double none = alone(with(ecc_kind::none), transfer), burst = alone(with(ecc_kind::in_line), transfer);
    EXPECT_GT(burst, 1.12 * none);
    EXPECT_LT(burst, 1.3 * none);
    const auto stream = make_policy(with(ecc_kind::in_line));
    EXPECT_NEAR(base::to_seconds(stream->unloaded(transfer)) / burst, 1, 0.02) << write;
  }
}

TEST(dram_ecc, energy_of_check_bits) {
  const auto booked = [](const dram_config& c, const base::memory_access& a) {
    std::deque<base::meter> meters;
    energy_meters energy(c, [&](base::meter m) -> base::meter& { return meters.emplace_back(std::move(m)); });
    energy.book(a, 100);
    std::map<std::string, double> joules;
    for (const auto& m : meters)
      joules[m.name] = m.name == "refresh" ? m.per_s * m.joules_per_unit : m.amount * m.joules_per_unit;
    return joules;
  };
  dram_config plain = with(ecc_kind::none), side = with(ecc_kind::sideband), in_line = with(ecc_kind::in_line);
  plain.refresh = side.refresh = refresh_kind::all_bank;
  const auto a = access(0, 1 << 20, false);
  auto without = booked(plain, a), sideband = booked(side, a), checked = booked(in_line, a);
  for (const char* part : {"read", "activate", "refresh"})
    EXPECT_NEAR(sideband[part], 1.125 * without[part], 1e-12) << part;
  EXPECT_NEAR(without["refresh"], 30e-9 / 3.9e-6, 1e-5);
  EXPECT_EQ(sideband["controller"], without["controller"]);
  EXPECT_EQ(sideband["check"], 0);
  EXPECT_NEAR(checked["check"], (checked["read"] + checked["controller"]) / 8, 1e-12);
}

TEST(dram_ecc, parameters_that_do_not_fit_are_refused) {
  dram_config c = with(ecc_kind::none);
  c.corrected_error_rate = 1e-12;
  EXPECT_THROW(c.validate(), base::input_error) << "nothing would find the errors";
  c.ecc = ecc_kind::in_line;
  EXPECT_NO_THROW(c.validate());
  c.ecc_overhead = 0.3;
  EXPECT_THROW(c.validate(), base::input_error);
}

TEST(dram_errors, come_as_often_as_their_rate_says_and_independently) {
  constexpr double bits = 8.0 * 4096, rate = 1e-5;
  constexpr unsigned accesses = 200000;
  error_process errors(rate, 42);
  double sum = 0, squares = 0;
  for (unsigned i = 0; i < accesses; ++i) {
    const auto n = static_cast<double>(errors.in(bits));
    sum += n;
    squares += n * n;
  }
  const double mean = sum / accesses, variance = squares / accesses - mean * mean;
  EXPECT_NEAR(mean, bits * rate, 4 * std::sqrt(bits * rate / accesses)); // four standard errors
  EXPECT_NEAR(variance / mean, 1, 0.02) << "Poisson";
}

TEST(dram_errors, do_not_depend_on_how_the_bits_are_cut) {
  error_process whole(1e-6, 7), cut(1e-6, 7), other(1e-6, 8), never(0, 7);
  const std::uint64_t n = whole.in(1e9);
  std::uint64_t sum = 0;
  for (unsigned i = 0; i < 1000; ++i)
    sum += cut.in(1e6);
  EXPECT_EQ(sum, n);
  EXPECT_NE(other.in(1e9), n);
  EXPECT_EQ(never.in(1e30), 0u);
}

} // namespace
