// SPDX-License-Identifier: Apache-2.0
// FR-FCFS in two independent choices: the best column command and the best row command, each with the first cycle at
// which it may go. Whichever comes first is issued; everything in between is skipped.
#include "models/dram/channel.hpp"

#include "models/dram/config.hpp"

#include <algorithm>

namespace strata::dram {

channel::channel(const dram_config& c, const timing& t)
    : m_t(t), m_banks(t, c.bank_groups, c.banks_per_group), m_depth{c.read_queue, c.write_queue},
      m_write_high(std::max<std::size_t>(1, static_cast<std::size_t>(c.write_high * c.write_queue))),
      m_write_low(static_cast<std::size_t>(c.write_low * c.write_queue)), m_fcfs(c.scheduler == scheduler_kind::fcfs),
      m_close_rows(c.page_policy == page_kind::closed), m_separate_row_bus(c.separate_row_bus),
      m_starvation_cap(c.starvation_cap), m_refresh_due(t.refi ? t.refi : never_cycle) {
  for (auto& h : m_hits)
    h.assign(m_banks.size(), 0);
}

void channel::push(cycle now, bool write, const request& r) {
  if (idle())
    catch_up(now);
  m_now = std::max(m_now, now);
  m_queue[write].push_back(r);
  if (m_banks.open_row(r.bank) == r.row) {
    ++m_hits[write][static_cast<std::size_t>(r.bank)];
    ++m_hit_count[write];
  }
  m_stale = true;
}

cycle channel::next() {
  if (idle())
    return never_cycle;
  if (m_stale)
    decide();
  const cycle deadline = m_refresh_pending ? never_cycle : m_refresh_due;
  return std::min({m_column.at, m_row.at, deadline});
}

void channel::advance(cycle now, std::vector<served>& done) {
  for (cycle t = next(); t <= now && t != never_cycle; t = next()) {
    m_now = std::max(m_now, t);
    m_stale = true;
    if (m_column.at == t)
      issue_column(done);
    else if (m_row.at == t)
      issue_row(done);
    else
      m_refresh_pending = true;
  }
}

/// Refreshes that fell due while nothing was queued are taken as done when they were due.
void channel::catch_up(cycle now) {
  while (m_refresh_pending || m_refresh_due <= now) {
    const cycle round = m_t.refresh_per_bank ? m_banks.size() : 1;
    const cycle rounds_missed = (now - std::min(now, m_refresh_due)) / (m_t.refi * round);
    if (rounds_missed > 1) // only the last one can still matter
      m_refresh_due += (rounds_missed - 1) * round * m_t.refi;
    const cycle due = m_refresh_due;
    for (m_refresh_pending = true; m_refresh_pending;)
      issue_refresh(refresh_step(due));
  }
}

void channel::decide() {
  m_stale = false;
  m_column = m_row = {};
  if (m_refresh_pending)
    m_row = refresh_step(m_now);
  if (m_refresh_pending && !m_t.refresh_per_bank)
    return;
  choose_direction();
  m_column = best_column();
  const choice row = best_row();
  if (row.at < m_row.at)
    m_row = row;
}

void channel::choose_direction() {
  const std::size_t reads = m_queue[0].size(), writes = m_queue[1].size();
  const bool starved = m_waited >= m_starvation_cap;
  const bool was = m_writing;
  if (m_writing) {
    m_writing = writes > 0 && (reads == 0 || (writes > m_drain_to && !starved));
    m_cut_short = !m_writing && starved;
  } else if (writes > 0 && (reads == 0 || starved || (writes >= m_write_high && !m_cut_short))) {
    m_writing = true;
    m_drain_to = starved ? 0 : std::min(m_write_low, m_write_high - 1);
  }
  if (m_writing != was)
    m_overtaken = m_waited = 0;
}

std::size_t channel::visible() const {
  const std::size_t n = m_queue[m_writing].size();
  return m_fcfs || m_overtaken >= m_starvation_cap ? std::min<std::size_t>(n, 1) : n;
}

channel::choice channel::best_column() const {
  choice best;
  if (m_hit_count[m_writing] == 0)
    return best;
  const auto& queue = m_queue[m_writing];
  const cycle floor = std::max({m_now, m_column_bus, m_banks.any_column_from(m_writing)});
  for (std::size_t i = 0, n = visible(); i < n; ++i) {
    const request& r = queue[i];
    if (m_banks.open_row(r.bank) != r.row || refreshing(r.bank))
      continue;
    const cycle at = std::max(floor, m_banks.column_from(r.bank, m_writing));
    if (at < best.at)
      best = {at, m_writing ? command::write : command::read, r.bank, i};
    if (at == floor)
      break; // nothing can go earlier, and this is the oldest that can go now
  }
  return best;
}

channel::choice channel::best_row() const {
  choice best;
  const auto& queue = m_queue[m_writing];
  const std::size_t n = visible();
  if (m_hit_count[m_writing] == queue.size())
    return best;
  const cycle floor = std::max(m_now, m_row_bus);
  const bool refresh_next = m_refresh_pending && m_banks.open_row(m_refresh_bank) == no_row;
  std::uint64_t seen = 0; // banks whose oldest request has been looked at
  for (std::size_t i = 0; i < n; ++i) {
    const request& r = queue[i];
    const row_index open = m_banks.open_row(r.bank);
    const std::uint64_t bit = std::uint64_t{1} << static_cast<unsigned>(r.bank);
    if (open == r.row || seen & bit || refreshing(r.bank))
      continue;
    seen |= bit;
    choice c{never_cycle, command::activate, r.bank, i};
    if (open == no_row) {
      if (refresh_next)
        continue; // further activates would put off the refresh
      c.at = std::max(floor, m_banks.activate_from(r.bank));
    } else {
      if (n > 1 && m_hits[m_writing][static_cast<std::size_t>(r.bank)] > 0)
        continue; // the open row is still wanted
      c.what = command::precharge;
      c.at = std::max(floor, m_banks.precharge_from(r.bank));
    }
    if (c.at < best.at)
      best = c;
    if (c.at == floor)
      break;
  }
  return best;
}

/// Next command that the refresh in turn needs, not before `from`.
channel::choice channel::refresh_step(cycle from) const {
  const cycle floor = std::max(from, m_row_bus);
  if (m_t.refresh_per_bank) {
    const bank_index b = m_refresh_bank;
    if (m_banks.open_row(b) != no_row)
      return {std::max(floor, m_banks.precharge_from(b)), command::precharge, b, 0};
    return {std::max(floor, m_banks.activate_from(b)), command::refresh_bank, b, 0};
  }
  if (!m_banks.all_closed())
    return {std::max(floor, m_banks.precharge_all_from()), command::precharge_all, {}, 0};
  return {std::max(floor, m_banks.refresh_all_from()), command::refresh_all, {}, 0};
}

void channel::issue_refresh(const choice& c) {
  take_bus(m_row_bus, c.at);
  log(c, no_row);
  switch (c.what) {
  case command::precharge:
    m_banks.precharge(c.at, c.bank);
    recount(c.bank);
    return;
  case command::precharge_all:
    m_banks.precharge_all(c.at);
    for (unsigned b = 0; b < m_banks.size(); ++b)
      recount(static_cast<bank_index>(b));
    return;
  case command::refresh_bank:
    m_banks.refresh_bank(c.at, c.bank);
    m_refresh_bank = static_cast<bank_index>((static_cast<unsigned>(c.bank) + 1) % m_banks.size());
    break;
  default:
    m_banks.refresh_all(c.at);
  }
  m_refresh_pending = false;
  m_refresh_due += m_t.refi;
}

void channel::issue_row(std::vector<served>& done) {
  const choice c = m_row;
  if (m_refresh_pending && (!m_t.refresh_per_bank || c.bank == m_refresh_bank)) {
    issue_refresh(c);
    return;
  }
  const request& r = m_queue[m_writing][c.entry];
  take_bus(m_row_bus, c.at);
  if (c.what == command::activate) {
    m_banks.activate(c.at, r.bank, r.row);
    log(c, r.row);
    done.push_back({r.tag, true, c.at});
  } else {
    m_banks.precharge(c.at, c.bank);
    log(c, no_row);
  }
  recount(c.bank);
}

void channel::issue_column(std::vector<served>& done) {
  const choice c = m_column;
  auto& queue = m_queue[m_writing];
  const request r = queue[c.entry];
  queue.erase(queue.begin() + static_cast<std::ptrdiff_t>(c.entry));
  const auto bank = static_cast<std::size_t>(r.bank);
  --m_hits[m_writing][bank];
  --m_hit_count[m_writing];
  const bool close = m_close_rows && m_hits[0][bank] + m_hits[1][bank] == 0;
  take_bus(m_column_bus, c.at);
  m_banks.column(c.at, r.bank, m_writing, close);
  log(c, close ? no_row : r.row);
  m_overtaken = c.entry == 0 ? 0 : m_overtaken + 1;
  if (!m_queue[!m_writing].empty())
    ++m_waited;
  done.push_back({r.tag, false, c.at + (m_writing ? m_t.write_end() : m_t.read_end())});
}

void channel::take_bus(cycle& bus, cycle at) {
  bus = at + 1;
  if (!m_separate_row_bus)
    m_column_bus = m_row_bus = at + 1;
}

/// The open row of bank `b` changed.
void channel::recount(bank_index b) {
  const row_index row = m_banks.open_row(b);
  for (unsigned d = 0; d < 2; ++d) {
    unsigned& hits = m_hits[d][static_cast<std::size_t>(b)];
    m_hit_count[d] -= hits;
    hits = 0;
    if (row != no_row)
      for (const auto& r : m_queue[d])
        hits += r.bank == b && r.row == row;
    m_hit_count[d] += hits;
  }
}

} // namespace strata::dram
