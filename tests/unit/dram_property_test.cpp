// SPDX-License-Identifier: Apache-2.0
// Millions of commands of the real scheduler, over every shipped standard, policy and kind of traffic, break no rule of
// the datasheet; and a trace in which any single command is hurried by a cycle is caught.
#include "models/dram/channel.hpp"
#include "tests/support/dram_standards.hpp"
#include "tests/unit/command_checker.hpp"

#include <gtest/gtest.h>

#include <random>

namespace {

using namespace strata;
using namespace dram;

/// Drives a channel with random traffic whose character is drawn from the seed.
class random_traffic {
public:
  random_traffic(const dram_config& c, unsigned seed)
      : m_config(c), m_t(c), m_channel(c, m_t), m_random(seed), m_rows(1 + m_random() % 8), m_writes(m_random() % 5),
        m_run(1 + m_random() % 12), m_eager(m_random() % 3 != 0), m_pauses(m_random() % 2 == 0) {
    m_channel.record_to(&m_log);
  }

  /// Serves `bursts` more; the commands since the last call.
  const std::vector<command_record>& run(unsigned bursts) {
    m_log.clear();
    for (unsigned sent = 0, done = 0; done < bursts;) {
      if (m_channel.idle() && m_pauses && m_random() % 64 == 0)
        m_now += m_random() % (4 * std::max<cycle>(m_t.refi, 1000)); // refreshes fall due while idle
      while (sent < bursts && (m_eager || m_random() % 8 != 0) && push())
        ++sent;
      const cycle next = m_channel.next();
      if (next == never_cycle)
        continue;
      m_now = std::max(m_now, next);
      m_served.clear();
      m_channel.advance(m_now, m_served);
      for (const auto& s : m_served)
        done += !s.activate;
    }
    return m_log;
  }
  const timing& times() const { return m_t; }
  bool pauses() const { return m_pauses; }

private:
  bool push() {
    const bool write = m_random() % 4 < m_writes; // from none to nearly all
    if (!m_channel.has_room(write))
      return false;
    if (m_random() % m_run == 0)
      m_bank = bank_index{static_cast<std::uint32_t>(m_random() % m_config.banks())};
    m_channel.push(m_now, write, {0, m_bank, static_cast<row_index>(m_random() % m_rows)});
    return true;
  }

  const dram_config m_config;
  const timing m_t;
  channel m_channel;
  std::mt19937 m_random;
  const unsigned m_rows, m_writes, m_run;
  const bool m_eager, m_pauses;
  bank_index m_bank{0};
  cycle m_now = 0;
  std::vector<command_record> m_log;
  std::vector<served> m_served;
};

/// A controller drawn from the seed, on one channel of `c`.
dram_config random_controller(const dram_config& c, unsigned seed) {
  dram_config k = test::one_channel(c);
  std::mt19937 random(seed);
  const refresh_kind refreshes[]{refresh_kind::all_bank, refresh_kind::per_bank, refresh_kind::same_bank, refresh_kind::none};
  const page_kind pages[]{page_kind::open, page_kind::closed, page_kind::adaptive};
  k.refresh = refreshes[seed % 4];
  k.page_policy = pages[seed / 4 % 3];
  k.refresh_postpone = random() % 2 ? random() % 9 : 0;
  if (2 * k.banks() <= 64 && random() % 2)
    k.ranks *= 2;
  k.scheduler = random() % 4 == 0 ? scheduler_kind::fcfs : scheduler_kind::fr_fcfs;
  k.read_queue = 1 + random() % 64;
  k.write_queue = 1 + random() % 64;
  k.starvation_cap = 1 + random() % 256;
  k.separate_row_bus = random() % 2;
  return k;
}

#ifdef NDEBUG
constexpr unsigned bursts = 10000, seeds = 24;
#else
constexpr unsigned bursts = 1000, seeds = 24;
#endif

class dram_properties : public testing::TestWithParam<test::dram_standard> {};

TEST_P(dram_properties, no_rule_is_broken) {
  std::uint64_t commands = 0;
  for (unsigned seed = 0; seed < seeds; ++seed) {
    SCOPED_TRACE(seed);
    const dram_config c = random_controller(GetParam().config, seed);
    random_traffic traffic(c, seed);
    command_checker checker(c, traffic.times());
    for (unsigned i = 0; i < 2; ++i)
      for (const auto& r : traffic.run(bursts / 2))
        checker.check(r);
    EXPECT_EQ(checker.report(), "");
    EXPECT_GE(checker.commands(), bursts);
    if (c.refresh != refresh_kind::none && !traffic.pauses()) {
      const auto interval = traffic.times().refi * traffic.times().refresh_units;
      EXPECT_LE(checker.longest_without_refresh(), (c.refresh_postpone + 2) * interval);
      EXPECT_GE(checker.longest_without_refresh(), interval / 2) << "refreshes twice too often";
    }
    commands += checker.commands();
  }
  RecordProperty("commands", static_cast<int>(commands));
}

INSTANTIATE_TEST_SUITE_P(every_standard, dram_properties, testing::ValuesIn(test::dram_standards()),
                         [](const auto& standard) { return standard.param.name; });

/// Traces of one standard under every policy, each watched; looks for the first command of any that meets `r` exactly.
class dram_checker_catches : public testing::TestWithParam<rule> {};

TEST_P(dram_checker_catches, a_command_a_cycle_too_early) {
  const rule r = GetParam();
  unsigned hurried = 0;
  for (const auto& standard : test::dram_standards())
    for (unsigned seed = 0; seed < 12 && hurried < 4; ++seed) {
      const dram_config c = random_controller(standard.config, seed);
      random_traffic traffic(c, seed);
      auto log = traffic.run(4000);
      command_checker watched(c, traffic.times());
      for (const auto& each : log)
        watched.check(each);
      ASSERT_EQ(watched.report(), "") << standard.name;
      if (watched.met_exactly(r) == 0)
        continue;
      ++hurried;
      const std::uint64_t which = watched.first_met_exactly(r);
      --log[which].at;
      command_checker again(c, traffic.times());
      for (std::uint64_t i = 0; i <= which; ++i)
        again.check(log[i]);
      const auto& broken = again.broken();
      EXPECT_TRUE(std::any_of(broken.begin(), broken.end(), [&](const auto& v) { return v.what == r && v.command == which; }))
          << standard.name << "\n" << again.report();
    }
  EXPECT_GT(hurried, 0u) << "no command came at its first cycle: the scheduler wastes time, or the traffic lacks the case";
}

INSTANTIATE_TEST_SUITE_P(each_rule, dram_checker_catches,
                         testing::Values(rule::t_rcd, rule::t_ras, rule::t_rp, rule::t_rc, rule::t_ccd_s, rule::t_ccd_l,
                                         rule::t_rrd_s, rule::t_rrd_l, rule::t_faw, rule::t_rtp, rule::t_wr,
                                         rule::t_wtr_s, rule::t_wtr_l, rule::t_rtw, rule::t_rfc, rule::t_refsbrd),
                         [](const auto& rule) { return std::string(to_text(rule.param)); });

TEST(dram_checker, states_and_buses_are_watched) {
  const dram_config c;
  const timing t(c);
  const bank_index b{0};
  const auto broken = [&](std::vector<command_record> log) {
    command_checker checker(c, t);
    for (const auto& r : log)
      checker.check(r);
    return checker.broken().empty() ? "nothing" : std::string(to_text(checker.broken().front().what));
  };
  const row_index row{1};
  EXPECT_EQ(broken({{0, command::activate, b, row}, {100, command::read, b, row}}), "nothing");
  EXPECT_EQ(broken({{0, command::activate, b, row}, {100, command::read, b, row_index{2}}}), "open row");
  EXPECT_EQ(broken({{0, command::read, b, row}}), "bank state");
  EXPECT_EQ(broken({{0, command::activate, b, row}, {500, command::activate, b, row}}), "bank state");
  EXPECT_EQ(broken({{0, command::activate, b, row}, {500, command::refresh_all, b, no_row}}), "bank state");
  EXPECT_EQ(broken({{0, command::activate, b, row}, {500, command::read, b, no_row}, {900, command::read, b, row}}), "bank state");
  EXPECT_EQ(broken({{500, command::activate, b, row}, {100, command::precharge, b, row}}), "time order");
  EXPECT_EQ(broken({{0, command::activate, b, row}, {0, command::precharge, b, row}}), "command bus");
}

} // namespace
