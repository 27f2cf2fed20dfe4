// SPDX-License-Identifier: Apache-2.0
// FR-FCFS in two independent choices: the best column command and the best row command, each with the first cycle at
// which it may go. Whichever comes first is issued; everything in between is skipped.
#include "models/dram/channel.hpp"

#include "models/dram/config.hpp"

#include <algorithm>
#include <utility>

namespace strata::dram {

namespace {

std::uint64_t bit(bank_index b) { return std::uint64_t{1} << static_cast<unsigned>(b); }

/// First cycle, not before `floor`, that `from` gives for one of `banks`, and the banks that it gives it for.
template <class F> std::pair<cycle, std::uint64_t> earliest(std::uint64_t banks, cycle floor, F from) {
  std::pair<cycle, std::uint64_t> best{never_cycle, 0};
  for (; banks != 0; banks &= banks - 1) {
    const auto b = static_cast<bank_index>(__builtin_ctzll(banks));
    const cycle at = std::max(floor, from(b));
    if (at < best.first)
      best = {at, 0};
    if (at == best.first)
      best.second |= bit(b);
  }
  return best;
}

} // namespace

channel::channel(const dram_config& c, const timing& t)
    : m_t(t), m_banks(t, c.bank_groups, c.banks_per_group), m_depth{c.read_queue, c.write_queue},
      m_write_high(std::max<std::size_t>(1, static_cast<std::size_t>(c.write_high * c.write_queue))),
      m_write_low(static_cast<std::size_t>(c.write_low * c.write_queue)), m_fcfs(c.scheduler == scheduler_kind::fcfs),
      m_close_rows(c.page_policy == page_kind::closed), m_separate_row_bus(c.separate_row_bus),
      m_starvation_cap(c.starvation_cap), m_refresh_due(t.refi ? t.refi : never_cycle) {
  for (auto& b : m_bank)
    b.resize(m_banks.size());
}

void channel::push(cycle now, bool write, const request& r) {
  if (idle())
    catch_up(now);
  m_now = std::max(m_now, now);
  m_queue[write].push_back(r);
  bank_queue& b = m_bank[write][static_cast<std::size_t>(r.bank)];
  ++b.waiting;
  b.hits += m_banks.open_row(r.bank) == r.row;
  mark(write, r.bank);
  m_stale = true;
}

cycle channel::next() {
  if (idle())
    return never_cycle;
  decide(never_cycle);
  return first();
}

cycle channel::first() const { return std::min({m_column.at, m_row.at, m_refresh_pending ? never_cycle : m_refresh_due}); }

void channel::advance(cycle now, std::vector<served>& done) {
  while (!idle()) {
    decide(now);
    const cycle t = first();
    if (t > now)
      return;
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

/// Makes the choices that can fall by `horizon`.
void channel::decide(cycle horizon) {
  if (m_stale) {
    m_stale = false;
    m_column = m_row = {};
    m_column_known = m_row_known = m_refresh_pending && !m_t.refresh_per_bank;
    if (m_refresh_pending)
      m_row = refresh_step(m_now);
    if (!m_column_known)
      choose_direction();
  }
  if (!m_column_known && column_floor() <= horizon) {
    m_column_known = true;
    m_column = best_column();
  }
  if (!m_row_known && row_floor() <= horizon) {
    m_row_known = true;
    const choice row = best_row();
    if (row.at < m_row.at)
      m_row = row;
  }
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

/// Place in the active queue of the oldest request to one of `banks` that hits (or misses) the open row; there is one.
std::size_t channel::oldest(std::uint64_t banks, bool hit) const {
  const auto& queue = m_queue[m_writing];
  std::size_t i = 0;
  while (!(banks & bit(queue[i].bank)) || (m_banks.open_row(queue[i].bank) == queue[i].row) != hit)
    ++i;
  return i;
}

channel::choice channel::best_column() const {
  std::uint64_t banks = m_hit_banks[m_writing] & ~(m_refresh_pending ? bit(m_refresh_bank) : 0);
  if (banks == 0)
    return {};
  const request& front = m_queue[m_writing].front();
  const bool front_hits = banks & bit(front.bank) && m_banks.open_row(front.bank) == front.row;
  const cycle floor = column_floor();
  const command what = m_writing ? command::write : command::read;
  if (front_hits && m_banks.column_from(front.bank, m_writing) <= floor)
    return {floor, what, front.bank, 0}; // nothing can go earlier, and it is the oldest
  if (only_oldest())
    banks = front_hits ? bit(front.bank) : 0;
  const auto [at, ready] = earliest(banks, floor, [this](bank_index b) { return m_banks.column_from(b, m_writing); });
  if (ready == 0)
    return {};
  const std::size_t entry = oldest(ready, true);
  return {at, what, m_queue[m_writing][entry].bank, entry};
}

channel::choice channel::best_row() const {
  std::uint64_t banks = m_miss_banks[m_writing] & ~(m_refresh_pending ? bit(m_refresh_bank) : 0);
  if (banks == 0)
    return {};
  if (only_oldest()) {
    const request& front = m_queue[m_writing].front();
    banks &= m_banks.open_row(front.bank) == front.row ? 0 : bit(front.bank);
  } else {
    banks &= ~m_hit_banks[m_writing]; // their open row is still wanted
  }
  if (m_refresh_pending && m_banks.open_row(m_refresh_bank) == no_row)
    banks &= m_banks.open_banks(); // further activates would put off the refresh
  const std::uint64_t open = m_banks.open_banks();
  const auto activate = earliest(banks & ~open, row_floor(), [this](bank_index b) { return m_banks.activate_from(b); });
  const auto precharge = earliest(banks & open, row_floor(), [this](bank_index b) { return m_banks.precharge_from(b); });
  const cycle at = std::min(activate.first, precharge.first);
  const std::uint64_t ready = (activate.first == at ? activate.second : 0) | (precharge.first == at ? precharge.second : 0);
  if (ready == 0)
    return {};
  const std::size_t entry = oldest(ready, false);
  const bank_index b = m_queue[m_writing][entry].bank;
  return {at, m_banks.open_row(b) == no_row ? command::activate : command::precharge, b, entry};
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
  --m_bank[m_writing][bank].waiting;
  --m_bank[m_writing][bank].hits;
  mark(m_writing, r.bank);
  const bool close = m_close_rows && m_bank[0][bank].hits + m_bank[1][bank].hits == 0;
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
  for (const bool write : {false, true}) {
    bank_queue& q = m_bank[write][static_cast<std::size_t>(b)];
    q.hits = 0;
    if (row != no_row && q.waiting > 0)
      for (const auto& r : m_queue[write])
        q.hits += r.bank == b && r.row == row;
    mark(write, b);
  }
}

void channel::mark(bool write, bank_index b) {
  const bank_queue& q = m_bank[write][static_cast<std::size_t>(b)];
  const auto set = [&](std::uint64_t& banks, bool on) { banks = (banks & ~bit(b)) | (on ? bit(b) : 0); };
  set(m_hit_banks[write], q.hits > 0);
  set(m_miss_banks[write], q.waiting > q.hits);
}

} // namespace strata::dram
