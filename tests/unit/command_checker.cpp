// SPDX-License-Identifier: Apache-2.0
// The rules as datasheets state them: a command, what came before it, and the distance between the two.
#include "tests/unit/command_checker.hpp"

#include <algorithm>

namespace strata::dram {

const char* to_text(rule r) {
  constexpr const char* names[rule_count] = {
      "time order", "command bus", "bank state", "open row", "data bus", "tRCD", "tRAS", "tRP", "tRC", "tCCD_S",
      "tCCD_L", "tRRD_S", "tRRD_L", "tFAW", "tRTP", "tWR", "tWTR_S", "tWTR_L", "tRTW", "tRFC", "tREFSBRD"};
  return names[static_cast<std::size_t>(r)];
}

command_checker::command_checker(const dram_config& organisation, const timing& t)
    : m_t(t), m_banks_per_group(organisation.banks_per_group), m_banks_per_rank(organisation.banks_per_rank()),
      m_two_buses(organisation.separate_row_bus), m_banks(organisation.banks()),
      m_groups(std::size_t{organisation.ranks} * organisation.bank_groups), m_ranks(organisation.ranks) {}

std::string command_checker::report() const {
  std::string text;
  for (const auto& v : m_broken)
    text += std::string(to_text(v.what)) + " at cycle " + std::to_string(v.at) + "\n";
  return text;
}

void command_checker::need(bool kept, rule r) {
  const bool known = !m_broken.empty() && m_broken.back().what == r && m_broken.back().command == m_commands;
  if (!kept && !known && m_broken.size() < 100) // an all-bank command breaks a rule once
    m_broken.push_back({r, static_cast<cycle>(m_now), m_commands});
}

/// The command now comes at least `distance` after `then`.
void command_checker::since(instant then, cycle distance, rule r) {
  const instant gap = m_now - then, least = static_cast<instant>(distance);
  need(gap >= least, r);
  if (gap == least) {
    exact& e = m_exact[static_cast<std::size_t>(r)];
    if (e.times++ == 0)
      e.first = m_commands;
  }
}

void command_checker::check(const command_record& r) {
  const auto at = static_cast<instant>(r.at);
  need(at >= m_now, rule::time_order);
  m_now = at;
  const bool is_column = r.what == command::read || r.what == command::write;
  instant& bus = is_column && m_two_buses ? m_column_bus : m_row_bus;
  need(at > bus, rule::command_bus);
  bus = at;

  const auto number = static_cast<std::size_t>(r.bank);
  bank_history& b = m_banks[number];
  last& group = m_groups[number / m_banks_per_group];
  rank_history& rank = m_ranks[number / m_banks_per_rank];
  const auto banks_from = [&](std::size_t first, std::size_t step, auto what) { // of the rank
    for (std::size_t i = first; i < m_banks_per_rank; i += step)
      what(m_banks[number / m_banks_per_rank * m_banks_per_rank + i]);
  };
  const auto precharge_open = [this](bank_history& each) {
    if (each.open)
      precharge(each);
  };
  const auto refresh_each = [this](bank_history& each) { refresh(each); };
  switch (r.what) {
  case command::activate:
    rows_begin(b, group, rank);
    b.activate = m_now;
    b.open = true;
    b.row = r.row;
    break;
  case command::precharge:
    precharge(b);
    break;
  case command::precharge_all:
    banks_from(0, 1, precharge_open);
    break;
  case command::precharge_same_bank:
    banks_from(number % m_banks_per_group, m_banks_per_group, precharge_open);
    break;
  case command::read:
  case command::write:
    column(r, b, group, rank);
    break;
  case command::refresh_all:
    banks_from(0, 1, refresh_each);
    break;
  case command::refresh_bank:
    rows_begin(b, group, rank); // it activates rows inside
    refresh(b);
    break;
  case command::refresh_same_bank:
    since(rank.same_bank_refresh, m_t.rfc, rule::t_rfc);
    since(rank.activate, m_t.rrd_s, rule::t_rrd_s);
    enter_window(rank);
    rank.same_bank_refresh = m_now;
    banks_from(number % m_banks_per_group, m_banks_per_group, refresh_each);
    break;
  }
  ++m_commands;
}

void command_checker::precharge(bank_history& b) {
  since(b.activate, m_t.ras, rule::t_ras);
  since(b.read, m_t.rtp, rule::t_rtp);
  since(b.write, m_t.cwl + m_t.burst + m_t.wr, rule::t_wr);
  b.open = false;
  b.closed = m_now;
}

void command_checker::enter_window(rank_history& rank) {
  since(rank.activates[rank.oldest], m_t.faw, rule::t_faw);
  rank.activates[rank.oldest] = m_now;
  rank.oldest = (rank.oldest + 1) % rank.activates.size();
}

void command_checker::rows_begin(bank_history& b, last& group, rank_history& rank) {
  need(!b.open, rule::bank_state);
  since(b.closed, m_t.rp, rule::t_rp);
  since(b.activate, m_t.rc, rule::t_rc);
  since(b.refreshed, m_t.rfc, rule::t_rfc);
  since(rank.same_bank_refresh, m_t.rfc_other, rule::t_refsbrd);
  since(group.activate, m_t.rrd_l, rule::t_rrd_l);
  since(rank.activate, m_t.rrd_s, rule::t_rrd_s);
  enter_window(rank);
  group.activate = rank.activate = m_now;
}

void command_checker::column(const command_record& r, bank_history& b, last& group, rank_history& rank) {
  const bool write = r.what == command::write, closes = r.row == no_row;
  need(b.open, rule::bank_state);
  need(closes || b.row == r.row, rule::open_row);
  since(b.activate, write ? m_t.rcd_write : m_t.rcd_read, rule::t_rcd);
  since(write ? group.write : group.read, m_t.ccd_l, rule::t_ccd_l);
  since(write ? rank.write : rank.read, m_t.ccd_s, rule::t_ccd_s);
  if (write) {
    since(rank.read, m_t.rtw, rule::t_rtw);
  } else {
    since(group.write, m_t.cwl + m_t.burst + m_t.wtr_l, rule::t_wtr_l);
    since(rank.write, m_t.cwl + m_t.burst + m_t.wtr_s, rule::t_wtr_s);
  }
  const instant data = m_now + static_cast<instant>(write ? m_t.cwl : m_t.cl);
  const cycle gap = m_data_rank && m_data_rank != &rank ? m_t.rank_gap - m_t.burst : 0;
  need(data >= m_data_end + static_cast<instant>(gap), rule::data_bus);
  m_data_end = data + static_cast<instant>(m_t.burst);
  m_data_rank = &rank;
  for (last* l : {static_cast<last*>(&b), &group, static_cast<last*>(&rank)})
    (write ? l->write : l->read) = m_now;
  if (closes) {
    b.open = false;
    b.closed = std::max({b.activate + static_cast<instant>(m_t.ras), b.read + static_cast<instant>(m_t.rtp),
                         b.write + static_cast<instant>(m_t.cwl + m_t.burst + m_t.wr)});
  }
}

void command_checker::refresh(bank_history& b) {
  need(!b.open, rule::bank_state);
  since(b.closed, m_t.rp, rule::t_rp);
  since(b.activate, m_t.rc, rule::t_rc);
  since(b.refreshed, m_t.rfc, rule::t_rfc);
  m_longest_gap = std::max(m_longest_gap, m_now - std::max<instant>(b.refreshed, 0));
  b.refreshed = m_now;
}

cycle command_checker::longest_without_refresh() const {
  instant longest = m_longest_gap;
  for (const auto& b : m_banks)
    longest = std::max(longest, m_now - std::max<instant>(b.refreshed, 0));
  return static_cast<cycle>(longest);
}

} // namespace strata::dram
