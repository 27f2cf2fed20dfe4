// SPDX-License-Identifier: Apache-2.0
// Every timing constraint of every shipped standard to the cycle, each by itself: the model allows the command at
// exactly the distance that the standard names, and the checker of command traces lets it pass there and not a cycle
// earlier.
#include "tests/support/dram_standards.hpp"
#include "tests/unit/command_checker.hpp"

#include <gtest/gtest.h>

namespace {

using namespace strata;
using namespace dram;

using field = cycle timing::*;
constexpr field all_fields[] = {&timing::burst, &timing::cl, &timing::cwl, &timing::rcd_read, &timing::rcd_write,
                                &timing::rp, &timing::ras, &timing::rc, &timing::ccd_s, &timing::ccd_l,
                                &timing::rrd_s, &timing::rrd_l, &timing::faw, &timing::rtp, &timing::wr,
                                &timing::wtr_s, &timing::wtr_l, &timing::rtw, &timing::rfc,
                                &timing::rfc_other};

enum class place { same_bank, same_group, other_group };

struct step {
  command what;
  place where = place::same_bank;
  bool close = false; ///< column commands: with automatic precharge
};

/// The last of `steps` comes no earlier than the sum of `distance` after the one numbered `from`; all else is immediate.
struct gate {
  const char* name;
  rule broken;
  std::vector<field> distance;
  std::vector<step> steps;
  std::size_t from;
};

constexpr auto act = command::activate, pre = command::precharge, rd = command::read, wr = command::write,
               ref = command::refresh_all, ref_bank = command::refresh_bank,
               ref_same = command::refresh_same_bank;
constexpr auto group = place::same_group, other = place::other_group;
const std::vector<field> write_end{&timing::cwl, &timing::burst};
std::vector<field> plus(std::vector<field> a, const std::vector<field>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

const std::vector<gate>& gates() {
  static const std::vector<gate> all{
      {"tRCD read", rule::t_rcd, {&timing::rcd_read}, {{act}, {rd}}, 0},
      {"tRCD write", rule::t_rcd, {&timing::rcd_write}, {{act}, {wr}}, 0},
      {"tRAS", rule::t_ras, {&timing::ras}, {{act}, {pre}}, 0},
      {"tRP", rule::t_rp, {&timing::rp}, {{act}, {pre}, {act}}, 1},
      {"tRC", rule::t_rc, {&timing::rc}, {{act}, {pre}, {act}}, 0},
      {"tRRD_S", rule::t_rrd_s, {&timing::rrd_s}, {{act}, {act, other}}, 0},
      {"tRRD_L", rule::t_rrd_l, {&timing::rrd_l}, {{act}, {act, group}}, 0},
      {"tFAW", rule::t_faw, {&timing::faw}, {{act}, {pre}, {act}, {pre}, {act}, {pre}, {act}, {act, other}}, 0},
      {"tCCD_S read", rule::t_ccd_s, {&timing::ccd_s}, {{act}, {act, other}, {rd}, {rd, other}}, 2},
      {"tCCD_L read", rule::t_ccd_l, {&timing::ccd_l}, {{act}, {act, group}, {rd}, {rd, group}}, 2},
      {"tCCD_L read of one bank", rule::t_ccd_l, {&timing::ccd_l}, {{act}, {rd}, {rd}}, 1},
      {"tCCD_S write", rule::t_ccd_s, {&timing::ccd_s}, {{act}, {act, other}, {wr}, {wr, other}}, 2},
      {"tCCD_L write", rule::t_ccd_l, {&timing::ccd_l}, {{act}, {act, group}, {wr}, {wr, group}}, 2},
      {"tRTP", rule::t_rtp, {&timing::rtp}, {{act}, {rd}, {pre}}, 1},
      {"tWR", rule::t_wr, plus(write_end, {&timing::wr}), {{act}, {wr}, {pre}}, 1},
      {"tWTR_S", rule::t_wtr_s, plus(write_end, {&timing::wtr_s}), {{act}, {act, other}, {wr}, {rd, other}}, 2},
      {"tWTR_L", rule::t_wtr_l, plus(write_end, {&timing::wtr_l}), {{act}, {act, group}, {wr}, {rd, group}}, 2},
      {"tRTW", rule::t_rtw, {&timing::rtw}, {{act}, {act, other}, {rd}, {wr, other}}, 2},
      {"automatic precharge after tRAS", rule::t_rp, {&timing::ras, &timing::rp}, {{act}, {rd, place::same_bank, true}, {act}}, 0},
      {"automatic precharge after tRTP", rule::t_rp, {&timing::rtp, &timing::rp}, {{act}, {rd, place::same_bank, true}, {act}}, 1},
      {"automatic precharge after tWR", rule::t_rp, plus(write_end, {&timing::wr, &timing::rp}), {{act}, {wr, place::same_bank, true}, {act}}, 1},
      {"tRFC", rule::t_rfc, {&timing::rfc}, {{ref}, {act}}, 0},
      {"tRFC to the next refresh", rule::t_rfc, {&timing::rfc}, {{ref}, {ref}}, 0},
      {"tRP before refresh", rule::t_rp, {&timing::rp}, {{act, other}, {pre, other}, {ref}}, 1},
      {"tRC before refresh", rule::t_rc, {&timing::rc}, {{act, other}, {pre, other}, {ref}}, 0},
      {"tRFC of one bank", rule::t_rfc, {&timing::rfc}, {{ref_bank}, {act}}, 0},
      {"tRP before refresh of one bank", rule::t_rp, {&timing::rp}, {{act}, {pre}, {ref_bank}}, 1},
      {"tRRD_S after refresh of one bank", rule::t_rrd_s, {&timing::rrd_s}, {{ref_bank}, {act, other}}, 0},
      {"tRRD_L before refresh of one bank", rule::t_rrd_l, {&timing::rrd_l}, {{act}, {ref_bank, group}}, 0},
      {"tRFC of the same bank of all groups", rule::t_rfc, {&timing::rfc}, {{ref_same}, {act, other}}, 0},
      {"tRFC to the next same-bank refresh", rule::t_rfc, {&timing::rfc}, {{ref_same}, {ref_same, group}}, 0},
      {"tREFSBRD", rule::t_refsbrd, {&timing::rfc_other}, {{ref_same}, {act, group}}, 0},
      {"tRP before same-bank refresh", rule::t_rp, {&timing::rp}, {{act, other}, {pre, other}, {ref_same}}, 1},
      {"tRRD_S before same-bank refresh", rule::t_rrd_s, {&timing::rrd_s}, {{act, group}, {ref_same}}, 0},
  };
  return all;
}

bank_index bank_at(const dram_config& c, place p) {
  return p == place::same_bank ? bank_index{0} : p == place::same_group ? bank_index{1} : bank_index{c.banks_per_group};
}

/// Those that a command for bank `b` concerns, one bit each.
std::uint64_t banks_of(const dram_config& c, command what, bank_index b) {
  std::uint64_t mask = 0;
  const unsigned step = what == command::refresh_same_bank ? c.banks_per_group : 1;
  for (unsigned i = static_cast<unsigned>(b) % step; i < c.banks(); i += step)
    mask |= std::uint64_t{1} << i;
  return mask;
}

cycle earliest(const dram_config& c, const bank_array& banks, command what, bank_index b) {
  switch (what) {
  case command::activate:
  case command::refresh_bank:
    return banks.activate_from(b);
  case command::precharge:
    return banks.precharge_from(b);
  case command::refresh_all:
    return banks.refresh_all_from(banks_of(c, what, b));
  case command::refresh_same_bank:
    return banks.refresh_same_bank_from(banks_of(c, what, b));
  default:
    return banks.column_from(b, what == command::write);
  }
}

void apply(const dram_config& c, bank_array& banks, const command_record& r, bool close) {
  switch (r.what) {
  case command::activate:
    return banks.activate(r.at, r.bank, r.row);
  case command::refresh_bank:
    return banks.refresh_bank(r.at, r.bank);
  case command::precharge:
    return banks.precharge(r.at, r.bank);
  case command::refresh_all:
    return banks.refresh_all(r.at, banks_of(c, r.what, r.bank));
  case command::refresh_same_bank:
    return banks.refresh_same_bank(r.at, banks_of(c, r.what, r.bank));
  default:
    return banks.column(r.at, r.bank, r.what == command::write, close);
  }
}

std::string verdict(const dram_config& c, const timing& t, const std::vector<command_record>& log) {
  command_checker checker(c, t);
  for (const auto& r : log)
    checker.check(r);
  return checker.report();
}

class dram_gates : public testing::TestWithParam<test::dram_standard> {};

TEST_P(dram_gates, hold_to_the_cycle) {
  dram_config c = GetParam().config;
  ASSERT_GT(c.banks_per_group, 1u);
  ASSERT_GT(c.bank_groups, 1u);
  for (const gate& g : gates()) {
    SCOPED_TRACE(g.name);
    const auto has = [&g](command what) {
      return std::any_of(g.steps.begin(), g.steps.end(), [what](const step& s) { return s.what == what; });
    };
    c.refresh = has(ref_bank) ? refresh_kind::per_bank : has(ref_same) ? refresh_kind::same_bank : refresh_kind::all_bank;
    const timing real(c);
    timing only = real; // this constraint as the standard has it, the others gone
    for (const field f : all_fields)
      only.*f = 0;
    cycle distance = 0;
    for (const field f : g.distance)
      distance += only.*f = real.*f;

    bank_array banks(only, c.bank_groups, c.banks_per_group);
    std::vector<command_record> log;
    for (std::size_t i = 0; i < g.steps.size(); ++i) {
      const step& s = g.steps[i];
      const bank_index b = bank_at(c, s.where);
      const cycle from = earliest(c, banks, s.what, b);
      const bool last = i + 1 == g.steps.size();
      if (last) {
        EXPECT_EQ(from, log[g.from].at + distance);
      } else {
        EXPECT_LE(from, 1000 + i);
      }
      const row_index row = s.close ? no_row : row_index{7};
      log.push_back({last ? from : 1000 + i, s.what, b, row});
      apply(c, banks, log.back(), s.close);
    }
    ASSERT_GE(distance, g.steps.size() - g.from) << "room for the commands in between";
    EXPECT_EQ(verdict(c, only, log), "");
    --log.back().at;
    EXPECT_EQ(verdict(c, only, log), std::string(to_text(g.broken)) + " at cycle " + std::to_string(log.back().at) + "\n");
  }
}

INSTANTIATE_TEST_SUITE_P(every_standard, dram_gates, testing::ValuesIn(test::dram_standards()),
                         [](const auto& standard) { return standard.param.name; });

} // namespace
