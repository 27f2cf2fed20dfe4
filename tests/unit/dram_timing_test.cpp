// SPDX-License-Identifier: Apache-2.0
// The DRAM device rules of the default configuration: gates to the cycle, closed-form latency and bandwidth, address
// mapping, and what is refused.
#include "models/base/diagnostic.hpp"
#include "models/dram/burst_policy.hpp"
#include "models/dram/channel.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <vector>

namespace {

using namespace strata;
using namespace dram;
using base::memory_access;

constexpr bank_index bank0{0}, same_group{1}, other_group{4};
constexpr std::uint64_t all_banks = 0xffff;

dram_config without_refresh() {
  dram_config c;
  c.refresh = refresh_kind::none;
  return c;
}

struct device {
  dram_config c = without_refresh();
  timing t{c};
  bank_array banks{t, 4, 4};
};

TEST(dram_timing, values_are_read_and_rounded_as_datasheets_mean_them) {
  EXPECT_EQ(timing_value::parse("13.75 ns").cycles(0.625e-9), 22u);
  EXPECT_EQ(timing_value::parse("13.8 ns").cycles(0.625e-9), 23u);
  EXPECT_EQ(timing_value::parse("4 ck").cycles(0.625e-9), 4u);
  EXPECT_EQ(timing_value::parse("max(4 ck, 5 ns)").cycles(0.625e-9), 8u);
  EXPECT_EQ(timing_value::parse("max(12 ck, 5 ns)").cycles(0.625e-9), 12u);
  EXPECT_EQ(timing_value::parse(to_text(timing_value::parse("max(4 ck, 5 ns)"))).cycles(0.625e-9), 8u);
  EXPECT_THROW(timing_value::parse("13.75"), base::unit_error);
  EXPECT_THROW(timing_value::parse("max(4 ck)"), base::unit_error);
  EXPECT_THROW(timing_value::parse("3 GB"), base::unit_error);
}

TEST(dram_timing, activate_gates) {
  device d;
  d.banks.activate(1000, bank0, row_index{7});
  EXPECT_EQ(d.banks.column_from(bank0, false), 1000 + d.t.rcd_read);
  EXPECT_EQ(d.banks.column_from(bank0, true), 1000 + d.t.rcd_write);
  EXPECT_EQ(d.banks.precharge_from(bank0), 1000 + d.t.ras);
  EXPECT_EQ(d.banks.activate_from(same_group), 1000 + d.t.rrd_l);
  EXPECT_EQ(d.banks.activate_from(other_group), 1000 + d.t.rrd_s);
  d.banks.precharge(1000 + d.t.ras, bank0);
  EXPECT_EQ(d.banks.activate_from(bank0), 1000 + std::max(d.t.rc, d.t.ras + d.t.rp));
}

TEST(dram_timing, four_activate_window) {
  device d;
  for (unsigned i = 0; i < 4; ++i)
    d.banks.activate(1000 + i * d.t.rrd_s, bank_index{4 * i}, row_index{0});
  EXPECT_EQ(d.banks.activate_from(bank_index{1}), std::max(1000 + d.t.faw, 1000 + 3 * d.t.rrd_s + d.t.rrd_s));
  EXPECT_GT(1000 + d.t.faw, 1000 + 4 * d.t.rrd_s) << "the window must bind for this test to mean anything";
}

TEST(dram_timing, column_gates) {
  for (const bool write : {false, true}) {
    device d;
    d.banks.activate(0, bank0, row_index{0});
    d.banks.activate(100, same_group, row_index{0});
    d.banks.activate(200, other_group, row_index{0});
    d.banks.column(1000, bank0, write, false);
    EXPECT_EQ(d.banks.column_from(same_group, write), 1000 + d.t.ccd_l);
    EXPECT_EQ(d.banks.column_from(other_group, write), 1000 + d.t.ccd_s);
    if (write) {
      EXPECT_EQ(d.banks.column_from(same_group, false), 1000 + d.t.cwl + d.t.burst + d.t.wtr_l);
      EXPECT_EQ(d.banks.column_from(other_group, false), 1000 + d.t.cwl + d.t.burst + d.t.wtr_s);
      EXPECT_EQ(d.banks.precharge_from(bank0), 1000 + d.t.cwl + d.t.burst + d.t.wr);
    } else {
      EXPECT_EQ(d.banks.column_from(other_group, true), 1000 + d.t.rtw);
      EXPECT_EQ(d.banks.precharge_from(bank0), 1000 + d.t.rtp);
    }
  }
}

TEST(dram_timing, refresh_gates) {
  device d;
  d.banks.activate(0, bank0, row_index{0});
  d.banks.precharge(1000, all_banks);
  EXPECT_EQ(d.banks.refresh_all_from(all_banks), 1000 + d.t.rp);
  d.banks.refresh_all(1000 + d.t.rp, all_banks);
  EXPECT_EQ(d.banks.activate_from(other_group), 1000 + d.t.rp + d.t.rfc);
  d.banks.refresh_bank(5000, bank0);
  EXPECT_EQ(d.banks.activate_from(bank0), 5000 + d.t.rfc);
  EXPECT_EQ(d.banks.activate_from(other_group), 5000 + d.t.rrd_s);
}

TEST(dram_formula, one_burst_on_idle_banks) {
  dram_config c = without_refresh();
  c.controller_latency = base::duration::of(100e-9);
  const timing t(c);
  burst_policy policy(c);
  for (const bool write : {false, true}) {
    memory_access a{0, 0, write, {}};
    a.stream.bytes = c.burst_bytes();
    const cycle due = write ? t.rcd_write + t.cwl + t.burst : t.rcd_read + t.cl + t.burst;
    const base::femtoseconds closed_form = due * c.clock_period() + base::to_femtoseconds(c.controller_latency);
    EXPECT_NEAR(static_cast<double>(policy.unloaded(a)), static_cast<double>(closed_form), 1);
  }
}

TEST(dram_formula, a_stated_bandwidth_sets_the_data_rate) {
  dram_config stated;
  EXPECT_DOUBLE_EQ(stated.peak_bandwidth(), 25.6e9);
  const base::femtoseconds period = stated.clock_period();
  stated.bandwidth = base::byte_rate::of(51.2e9);
  EXPECT_DOUBLE_EQ(stated.peak_bandwidth(), 51.2e9);
  EXPECT_DOUBLE_EQ(stated.transfer_rate(), 12.8e9);
  EXPECT_EQ(2 * stated.clock_period(), period + period % 2);
}

TEST(dram_formula, sequential_reads_reach_the_peak_without_refresh) {
  dram_config c = without_refresh();
  c.bank_hash = false; // hashed rows sometimes follow each other in one bank
  EXPECT_DOUBLE_EQ(c.peak_bandwidth(), 25.6e9);
  burst_policy policy(c);
  memory_access a{0, 0, false, {}};
  a.stream.bytes = 64 << 20;
  policy.start(0, a);
  std::vector<std::uint64_t> done;
  base::femtoseconds now = 0;
  while (done.empty())
    policy.advance(now = policy.next(), done);
  EXPECT_NEAR(static_cast<double>(a.stream.bytes) / base::to_seconds(now) / c.peak_bandwidth(), 1, 0.001);
  EXPECT_LE(static_cast<double>(a.stream.bytes) / base::to_seconds(now), c.peak_bandwidth());
}

TEST(dram_formula, directions_take_turns_when_both_saturate) {
  const dram_config c = without_refresh();
  const timing t(c);
  const address_mapping mapping(c);
  channel ch(c, t);
  std::vector<served> done;
  cycle now = 0;
  unsigned turn = 0, longest = 0, turns = 0;
  std::uint32_t direction = 0; // the tag: 0 = read, 1 = write
  std::uint64_t next_burst[2] = {0, 1 << 20};
  for (unsigned served_bursts = 0; served_bursts < 20000;) {
    for (const bool write : {false, true})
      while (ch.has_room(write)) {
        const auto where = mapping.locate(next_burst[write]++);
        ch.push(now, write, {write, where.bank, where.row});
      }
    done.clear();
    now = ch.next();
    ch.advance(now, done);
    for (const auto& s : done) {
      if (s.activate)
        continue;
      ++served_bursts;
      turns += s.tag != direction;
      turn = s.tag == direction ? turn + 1 : 1;
      direction = s.tag;
      longest = std::max(longest, turn);
    }
  }
  EXPECT_EQ(longest, c.starvation_cap);
  EXPECT_NEAR(turns, 20000.0 / c.starvation_cap, 2);
}

TEST(dram_mapping, local_numbers_are_a_bijection) {
  dram_config c;
  c.channels = 5;
  c.mapping = "row bank:1 column bank_group channel bank:1 column:2";
  const address_mapping m(c);
  std::map<std::pair<unsigned, std::uint64_t>, std::uint64_t> seen;
  for (std::uint64_t burst = 0; burst < 20000; ++burst) {
    const unsigned channel = m.channel_of(burst);
    EXPECT_TRUE(seen.emplace(std::make_pair(channel, m.local_of(burst)), burst).second);
    EXPECT_EQ(m.local_begin(channel, burst), m.local_of(burst));
  }
  c.mapping = "row bank column bank_group";
  EXPECT_THROW(address_mapping{c}, base::input_error);
  c.mapping = "row bank column:9 bank_group channel";
  EXPECT_THROW(address_mapping{c}, base::input_error);
  c.mapping = "row bank colum bank_group channel";
  EXPECT_THROW(address_mapping{c}, base::input_error);
}

TEST(dram_config, parameters_that_do_not_fit_are_refused) {
  dram_config c;
  c.bank_groups = 3;
  EXPECT_THROW(c.validate(), base::input_error);
  c = {};
  c.t_refi = timing_value::parse("200 ns");
  EXPECT_THROW(c.validate(), base::input_error);
  c = {};
  EXPECT_NO_THROW(c.validate());
}

} // namespace
