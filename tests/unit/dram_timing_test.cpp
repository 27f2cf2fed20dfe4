// SPDX-License-Identifier: Apache-2.0
// The DRAM device rules: every constraint to the cycle, closed-form latency and bandwidth, and an independent checker
// over long random command traces.
#include "models/base/diagnostic.hpp"
#include "models/dram/burst_policy.hpp"
#include "models/dram/channel.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <string>
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

/// Knows the rules from the definitions only: every pair of commands at the distance that the datasheet names.
/// Returns the broken rules.
std::vector<std::string> broken_rules(const dram_config& c, std::vector<command_record> log) {
  const timing t(c);
  std::stable_sort(log.begin(), log.end(), [](const command_record& a, const command_record& b) { return a.at < b.at; });
  struct state {
    bool open = false;
    row_index row = no_row;
    std::int64_t activated = -100000, precharged = -100000, read = -100000, written = -100000, refreshed = -100000;
  };
  std::vector<state> banks(c.banks());
  std::vector<std::vector<std::int64_t>> activates(c.ranks);
  const auto rank_of = [&](unsigned bank) { return bank / c.banks_per_rank(); };
  const auto group_of = [&](unsigned bank) { return bank / c.banks_per_group; };
  std::int64_t last_row_command = -1, last_column = -1;
  std::vector<std::string> broken;
  const auto need = [&](bool ok, const char* rule, const command_record& r) {
    if (!ok)
      broken.push_back(std::string(rule) + " at cycle " + std::to_string(r.at));
  };
  for (const auto& r : log) {
    const auto at = static_cast<std::int64_t>(r.at);
    const auto gap = [&](std::int64_t since, cycle least) { return at - since >= static_cast<std::int64_t>(least); };
    const auto b = static_cast<unsigned>(r.bank);
    state& k = banks[b];
    const bool column = r.what == command::read || r.what == command::write;
    std::int64_t& bus = column && c.separate_row_bus ? last_column : last_row_command;
    need(at > bus, "one command a cycle", r);
    bus = at;
    const auto close = [&](state& s) {
      need(gap(s.activated, t.ras), "tRAS", r);
      need(gap(s.read, t.rtp), "tRTP", r);
      need(gap(s.written, t.cwl + t.burst + t.wr), "tWR", r);
      s.open = false;
      s.precharged = at;
    };
    const auto same = [&](unsigned o) { // concerned by a same-bank command
      return rank_of(o) == rank_of(b) && o % c.banks_per_group == b % c.banks_per_group;
    };
    const auto keep_window = [&] {
      auto& window = activates[rank_of(b)];
      if (window.size() >= 4)
        need(gap(window[window.size() - 4], t.faw), "tFAW", r);
      window.push_back(at);
    };
    if (r.what == command::activate || r.what == command::refresh_bank) {
      need(!k.open, "activate or refresh of an open bank", r);
      need(gap(k.precharged, t.rp), "tRP", r);
      need(gap(k.activated, t.rc), "tRC", r);
      need(gap(k.refreshed, t.rfc), "tRFC", r);
      for (unsigned o = 0; o < banks.size(); ++o) {
        if (o == b || rank_of(o) != rank_of(b))
          continue;
        const auto since = std::max(banks[o].activated, c.refresh == refresh_kind::per_bank ? banks[o].refreshed : -100000);
        need(gap(since, group_of(o) == group_of(b) ? t.rrd_l : t.rrd_s), "tRRD", r);
        need(c.refresh != refresh_kind::same_bank || gap(banks[o].refreshed, t.rfc_other), "tREFSBRD", r);
      }
      keep_window();
      if (r.what == command::activate) {
        k.open = true;
        k.row = r.row;
        k.activated = at;
      } else {
        k.refreshed = at;
      }
    } else if (r.what == command::precharge) {
      close(k);
    } else if (r.what == command::precharge_all || r.what == command::precharge_same_bank) {
      for (unsigned o = 0; o < banks.size(); ++o)
        if (banks[o].open && (r.what == command::precharge_all ? rank_of(o) == rank_of(b) : same(o)))
          close(banks[o]);
    } else if (r.what == command::refresh_same_bank) {
      keep_window();
      for (unsigned o = 0; o < banks.size(); ++o) {
        need(rank_of(o) != rank_of(b) || gap(banks[o].refreshed, t.rfc), "tRFC between same-bank refreshes", r);
        need(rank_of(o) != rank_of(b) || gap(banks[o].activated, t.rrd_s), "tRRD before refresh", r);
      }
      for (unsigned o = 0; o < banks.size(); ++o) {
        if (!same(o))
          continue;
        need(!banks[o].open, "refresh of an open bank", r);
        need(gap(banks[o].precharged, t.rp) && gap(banks[o].activated, t.rc), "tRP, tRC before refresh", r);
        banks[o].refreshed = at;
      }
    } else if (r.what == command::refresh_all) {
      for (unsigned o = 0; o < banks.size(); ++o) {
        if (rank_of(o) != rank_of(b))
          continue;
        need(!banks[o].open, "refresh with an open bank", r);
        need(gap(banks[o].precharged, t.rp), "tRP before refresh", r);
        need(gap(banks[o].refreshed, t.rfc), "tRFC", r);
        banks[o].refreshed = at;
      }
    } else {
      const bool write = r.what == command::write;
      need(k.open && (k.row == r.row || r.row == no_row), "column command to a row that is not open", r);
      need(gap(k.activated, write ? t.rcd_write : t.rcd_read), "tRCD", r);
      for (unsigned o = 0; o < banks.size(); ++o) {
        if (rank_of(o) != rank_of(b)) { // data on the bus: from the first to the last, and the gap between ranks
          const auto begin = at + static_cast<std::int64_t>(write ? t.cwl : t.cl);
          const auto free = static_cast<std::int64_t>(t.rank_gap);
          need(begin - banks[o].read - static_cast<std::int64_t>(t.cl) >= free, "bus after read of another rank", r);
          need(begin - banks[o].written - static_cast<std::int64_t>(t.cwl) >= free, "bus after write of another rank", r);
          continue;
        }
        const bool group = group_of(o) == group_of(b);
        need(gap(write ? banks[o].written : banks[o].read, group ? t.ccd_l : t.ccd_s), "tCCD", r);
        if (write)
          need(gap(banks[o].read, t.rtw), "tRTW", r);
        else
          need(gap(banks[o].written, t.cwl + t.burst + (group ? t.wtr_l : t.wtr_s)), "tWTR", r);
      }
      (write ? k.written : k.read) = at;
      if (r.row == no_row) { // closes by itself as soon as it may
        k.open = false;
        k.precharged = std::max(k.activated + static_cast<std::int64_t>(t.ras),
                                at + static_cast<std::int64_t>(write ? t.write_end() + t.wr : t.rtp));
      }
    }
  }
  return broken;
}

std::vector<command_record> random_trace(const dram_config& c, unsigned bursts) {
  const timing t(c);
  channel ch(c, t);
  std::vector<command_record> log;
  ch.record_to(&log);
  std::mt19937 random(5);
  std::vector<served> done;
  cycle now = 0;
  unsigned sent = 0, served_bursts = 0;
  while (served_bursts < bursts) {
    if (ch.idle() && random() % 50 == 0)
      now += random() % 30000; // long pauses, so that refreshes fall due while idle
    for (bool write = random() % 3 == 0; sent < bursts && ch.has_room(write) && random() % 16 != 0; write = random() % 3 == 0, ++sent)
      ch.push(now, write, {sent, static_cast<bank_index>(random() % c.banks()), static_cast<row_index>(random() % 3)});
    if (ch.next() == never_cycle)
      continue;
    now = std::max(now, ch.next());
    done.clear();
    ch.advance(now, done);
    for (const auto& s : done)
      served_bursts += !s.activate;
  }
  return log;
}

bool is_refresh(const command_record& r) {
  return r.what == command::refresh_all || r.what == command::refresh_bank || r.what == command::refresh_same_bank;
}

TEST(dram_checker, random_traces_break_no_rule) {
  for (const auto refresh : {refresh_kind::all_bank, refresh_kind::per_bank, refresh_kind::same_bank})
    for (const auto page : {page_kind::open, page_kind::closed, page_kind::adaptive})
      for (const unsigned ranks : {1u, 2u}) {
        dram_config c;
        c.refresh = refresh;
        c.page_policy = page;
        c.ranks = ranks;
        c.separate_row_bus = page != page_kind::adaptive;
        c.refresh_postpone = page == page_kind::closed ? 8 : 0;
        const auto log = random_trace(c, 40000);
        EXPECT_GT(log.size(), 60000u);
        EXPECT_GT(std::count_if(log.begin(), log.end(), is_refresh), 20);
        EXPECT_EQ(broken_rules(c, log), std::vector<std::string>{});
      }
}

TEST(dram_checker, fcfs_breaks_no_rule) {
  dram_config c;
  c.scheduler = scheduler_kind::fcfs;
  EXPECT_EQ(broken_rules(c, random_trace(c, 50000)), std::vector<std::string>{});
}

TEST(dram_checker, a_broken_trace_is_caught) {
  dram_config c;
  c.refresh = refresh_kind::same_bank;
  c.ranks = 2;
  const auto log = random_trace(c, 20000);
  for (const auto what : {command::activate, command::precharge, command::write, command::refresh_same_bank}) {
    auto hurried = log;
    const auto it = std::find_if(hurried.begin(), hurried.end(), [what](const command_record& r) { return r.what == what && r.at > 100; });
    ASSERT_NE(it, hurried.end());
    it->at -= 20;
    EXPECT_FALSE(broken_rules(c, hurried).empty());
  }
}

} // namespace
