// SPDX-License-Identifier: Apache-2.0
// Refresh: no bank goes without for too long, putting it off pays in bursts with pauses, and refreshing the same bank of
// every group lets the others work.
#include "models/dram/channel.hpp"
#include "models/dram/load_test.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>

namespace {

using namespace strata;
using namespace dram;

/// DDR5-4800 class: a sub-channel of 8 groups of 4 banks.
dram_config ddr5(refresh_kind refresh, unsigned postpone, unsigned ranks = 1) {
  dram_config c;
  c.bank_groups = 8;
  c.ranks = ranks;
  c.capacity = base::bytes::of(1 << 30);
  c.transfers_per_clock = 2;
  c.burst_length = 16;
  c.data_rate = base::frequency::of(4.8e9);
  c.separate_row_bus = false;
  c.t_ccd_s = c.t_rrd_s = {8, 0};
  c.t_ccd_l = c.t_rrd_l = {8, 5e-9};
  c.t_rfc = {0, 295e-9};
  c.refresh = refresh;
  c.refresh_postpone = postpone;
  c.mapping = ranks > 1 ? "row rank bank column bank_group channel" : "row bank column bank_group channel";
  return c;
}

std::uint64_t refreshed_by(const dram_config& c, const command_record& r) {
  std::uint64_t banks = 0;
  const auto first = static_cast<unsigned>(r.bank);
  for (unsigned b = 0; b < c.banks(); ++b) {
    const bool rank = b / c.banks_per_rank() == first / c.banks_per_rank();
    const bool hit = r.what == command::refresh_bank        ? b == first
                     : r.what == command::refresh_same_bank ? rank && b % c.banks_per_group == first % c.banks_per_group
                                                            : r.what == command::refresh_all && rank;
    banks |= std::uint64_t{hit} << b;
  }
  return banks;
}

struct refreshes {
  cycle longest = 0;      ///< time of a bank without
  double mean_interval = 0; ///< of a bank
};

/// Random load: `load` of 16 chances to push while there is room, and pauses up to `pause` cycles while idle.
refreshes observe(const dram_config& c, unsigned load, unsigned pause, cycle duration) {
  const timing t(c);
  channel ch(c, t);
  std::vector<command_record> log;
  ch.record_to(&log);
  std::mt19937 random(11);
  std::vector<served> done;
  for (cycle now = 0; now < duration;) {
    if (ch.idle() && pause > 0)
      now += random() % pause;
    for (bool write = random() % 3 == 0; ch.has_room(write) && random() % 16 < load; write = random() % 3 == 0)
      ch.push(now, write, {0, static_cast<bank_index>(random() % c.banks()), static_cast<row_index>(random() % 4)});
    now = ch.idle() ? now + 1 : std::max(now, ch.next());
    done.clear();
    ch.advance(now, done);
  }
  refreshes result;
  std::vector<cycle> last(c.banks(), 0);
  double count = 0;
  for (const auto& r : log) {
    const std::uint64_t banks = refreshed_by(c, r);
    for (unsigned b = 0; b < c.banks(); ++b)
      if (banks >> b & 1) {
        result.longest = std::max(result.longest, r.at - last[b]);
        last[b] = r.at;
        ++count;
      }
  }
  result.mean_interval = static_cast<double>(duration) * c.banks() / count;
  return result;
}

TEST(dram_refresh, no_bank_goes_without_for_longer_than_the_budget) {
  for (const auto kind : {refresh_kind::all_bank, refresh_kind::per_bank, refresh_kind::same_bank})
    for (const unsigned postpone : {1u, 4u, 8u})
      for (const unsigned ranks : {1u, 2u})
        for (const auto& [load, pause] : {std::pair{15u, 0u}, {4u, 100u}, {15u, 20000u}}) { // saturated, light, bursts
          const dram_config c = ddr5(kind, postpone, ranks);
          const timing t(c);
          const cycle interval = t.refi * t.refresh_units;
          const refreshes r = observe(c, load, pause, 40 * interval);
          const auto what = ::testing::Message() << "kind " << static_cast<int>(kind) << " postpone " << postpone << " ranks " << ranks
                                                 << " load " << load << " pause " << pause;
          EXPECT_LE(r.longest, (postpone + 1) * interval) << what;
          EXPECT_LE(r.mean_interval / static_cast<double>(interval), 40.0 / (39 - postpone)) << what;
          EXPECT_GE(r.mean_interval / static_cast<double>(interval), 40.0 / (41 + postpone)) << what;
        }
}

TEST(dram_refresh, without_a_budget_every_refresh_is_prompt) {
  for (const auto kind : {refresh_kind::all_bank, refresh_kind::per_bank, refresh_kind::same_bank}) {
    const dram_config c = ddr5(kind, 0);
    const timing t(c);
    const cycle interval = t.refi * t.refresh_units;
    const refreshes r = observe(c, 15, 0, 40 * interval);
    const cycle to_close = std::max({t.ras, t.write_end() + t.wr, t.rtp}) + t.rp + t.faw;
    EXPECT_LE(r.longest, interval + to_close);
    EXPECT_NEAR(r.mean_interval / static_cast<double>(interval), 1, 0.03);
  }
}

/// Trains of `length` sequential reads at the peak rate, a pause of three times that after each.
load_result trains(const dram_config& c, std::uint64_t length) {
  const auto burst = c.burst_length / c.transfers_per_clock * c.clock_period();
  return load_test(c, [&](std::uint64_t i) {
    return dram::access{i * c.burst_bytes() % c.capacity_bytes(), false, (i / length * 4 * length + i % length) * burst};
  }, 200 * length, 0);
}

double mean_ns(const load_result& r) {
  return 1e-6 * std::accumulate(r.read_latencies.begin(), r.read_latencies.end(), 0.0) / static_cast<double>(r.read_latencies.size());
}

TEST(dram_refresh, putting_off_pays_in_bursts_with_pauses) {
  constexpr std::uint64_t length = 600; // 2 us of 3.9 us
  const double prompt = mean_ns(trains(ddr5(refresh_kind::all_bank, 0), length));
  const double none = mean_ns(trains(ddr5(refresh_kind::none, 0), length));
  const double flexible = mean_ns(trains(ddr5(refresh_kind::all_bank, 4), length));
  EXPECT_GT(prompt, 1.1 * none) << "refresh must cost something for this test to mean anything";
  EXPECT_LT(flexible - none, 0.25 * (prompt - none));
}

TEST(dram_refresh, same_bank_refresh_lets_the_other_banks_work) {
  // Reads of bank 0 of every group, paced: with all-bank refresh each waits out the refreshes, with same-bank refresh of a
  // quarter of the banks at most a quarter of that.
  const auto worst = [](const dram_config& c) {
    auto r = load_test(c, [&](std::uint64_t i) { return dram::access{i % 64 * c.burst_bytes(), false, i * 50'000'000}; }, 40000, 0);
    std::sort(r.read_latencies.begin(), r.read_latencies.end());
    return std::pair{mean_ns(r), 1e-6 * static_cast<double>(r.read_latencies.back())};
  };
  const auto none = worst(ddr5(refresh_kind::none, 0)), all = worst(ddr5(refresh_kind::all_bank, 0)),
             same = worst(ddr5(refresh_kind::same_bank, 0));
  EXPECT_GT(all.second, none.second + 250);
  EXPECT_LT(same.second, none.second + 200);
  EXPECT_LT(same.first - none.first, 0.8 * (all.first - none.first));
}

TEST(dram_refresh, a_sequential_stream_meets_no_same_bank_refresh_that_can_wait) {
  const auto share = [](refresh_kind kind, unsigned postpone) {
    const dram_config c = ddr5(kind, postpone);
    pattern p;
    p.unit = c.burst_bytes();
    p.capacity = c.capacity_bytes();
    return 100000.0 * static_cast<double>(p.unit) / base::to_seconds(load_test(c, make_sequence(p), 100000, 0).elapsed) / c.peak_bandwidth();
  };
  EXPECT_LT(share(refresh_kind::all_bank, 0), 0.93);
  EXPECT_GT(share(refresh_kind::same_bank, 0), share(refresh_kind::all_bank, 0));
  EXPECT_GT(share(refresh_kind::same_bank, 8), 0.99);
}

TEST(dram_ranks, one_works_while_the_other_is_refreshed) {
  const auto share = [](unsigned ranks) {
    const dram_config c = ddr5(refresh_kind::all_bank, 0, ranks);
    pattern p;
    p.unit = c.burst_bytes();
    p.capacity = c.capacity_bytes();
    p.order = address_order::random;
    return 100000.0 * static_cast<double>(p.unit) / base::to_seconds(load_test(c, make_sequence(p), 100000, 0).elapsed) / c.peak_bandwidth();
  };
  EXPECT_GT(share(2), 1.03 * share(1));
}

TEST(dram_ranks, changing_rank_leaves_a_gap_on_the_data_bus) {
  const dram_config c = ddr5(refresh_kind::none, 0, 2);
  const timing t(c);
  bank_array banks(t, 8, 4, 2);
  constexpr bank_index here{0}, there{32};
  banks.activate(0, here, row_index{0});
  banks.activate(0, there, row_index{0});
  EXPECT_EQ(banks.activate_from(bank_index{36}), t.rrd_s);
  banks.column(1000, here, false, false);
  EXPECT_EQ(banks.column_from(there, false), 1000 + t.burst + c.t_rtrs.cycles(base::to_seconds(c.clock_period())));
  EXPECT_EQ(banks.column_from(there, true), 1000 + t.cl + t.rank_gap - t.cwl);
  banks.column(2000, here, true, false);
  EXPECT_EQ(banks.column_from(there, true), 2000 + t.rank_gap);
  EXPECT_LT(banks.column_from(there, false), banks.column_from(here, false)) << "write recovery concerns the own rank only";
}

} // namespace
