// SPDX-License-Identifier: Apache-2.0
// FR-FCFS in two independent choices: the best column command and the best row command, each with the first cycle at
// which it may go. Whichever comes first is issued; everything in between is skipped.
#include "models/dram/channel.hpp"

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
    : m_t(t), m_banks(t, c.bank_groups, c.banks_per_group, c.ranks), m_depth{c.read_queue, c.write_queue},
      m_write_high(std::max<std::size_t>(1, static_cast<std::size_t>(c.write_high * c.write_queue))),
      m_write_low(static_cast<std::size_t>(c.write_low * c.write_queue)), m_fcfs(c.scheduler == scheduler_kind::fcfs),
      m_separate_row_bus(c.separate_row_bus), m_page(c.page_policy, m_banks.size(), c.page_counter_bits),
      m_starvation_cap(c.starvation_cap), m_refresh_kind(c.refresh), m_refresh(c, t) {
  for (auto& b : m_bank)
    b.resize(m_banks.size());
  m_all_banks = ~std::uint64_t{0} >> (64 - m_banks.size());
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

cycle channel::first() const {
  const cycle next_command = std::min(m_column.at, m_row.at);
  return m_refresh.due() > next_command ? next_command : std::min(next_command, refresh_at());
}

/// When the next refresh becomes urgent, or earlier where nobody wants its banks.
cycle channel::refresh_at() const {
  if (m_refreshing)
    return never_cycle;
  const std::uint64_t wanted = m_hit_banks[0] | m_miss_banks[0] | m_hit_banks[1] | m_miss_banks[1];
  return std::max(m_now, wanted & m_refresh.banks() ? m_refresh.latest() : m_refresh.due());
}

void channel::begin_refresh() { m_refreshing = m_refresh.banks(); }

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
      begin_refresh();
  }
}

/// Refreshes while nothing was queued are taken as done when they fell due, or as early as the budget allows.
void channel::catch_up(cycle now) {
  const cycle rested = m_refresh.flexible() ? m_now + m_t.refresh_idle_wait : 0;
  for (;;) {
    cycle from = m_now;
    if (!m_refreshing) {
      if (m_refresh.earliest() > rested) // nothing to make good
        m_refresh.skip_rounds(now);
      from = std::max(m_refresh.earliest(), std::min(rested, m_refresh.latest()));
      if (from > now)
        return;
      begin_refresh();
      if (refresh_step(from).at > now && m_refresh.latest() > now) { // the last one is not over: it can wait
        m_refreshing = 0;
        return;
      }
    }
    while (m_refreshing)
      issue_refresh(refresh_step(from));
  }
}

/// Makes the choices that can fall by `horizon`.
void channel::decide(cycle horizon) {
  if (m_stale) {
    m_stale = false;
    m_column = m_row = {};
    m_column_known = m_row_known = m_refreshing == m_all_banks;
    if (m_refreshing)
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
  std::uint64_t banks = m_hit_banks[m_writing] & ~m_refreshing;
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
  std::uint64_t banks = m_miss_banks[m_writing] & ~m_refreshing;
  if (banks == 0)
    return {};
  if (only_oldest()) {
    const request& front = m_queue[m_writing].front();
    banks &= m_banks.open_row(front.bank) == front.row ? 0 : bit(front.bank);
  } else {
    banks &= ~m_hit_banks[m_writing]; // their open row is still wanted
  }
  const std::uint64_t open = m_banks.open_banks();
  if (m_refreshing && m_refresh_kind != refresh_kind::all_bank && !(m_refreshing & open))
    banks &= open; // further activates would put off the refresh
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
  const auto first = static_cast<bank_index>(__builtin_ctzll(m_refreshing));
  const auto step = [&](cycle at, command what) { return choice{std::max(floor, at), what, first, 0}; };
  if (m_refreshing & m_banks.open_banks()) {
    const cycle at = m_banks.precharge_from(m_refreshing);
    return step(at, m_refresh_kind == refresh_kind::per_bank    ? command::precharge
                    : m_refresh_kind == refresh_kind::same_bank ? command::precharge_same_bank
                                                                : command::precharge_all);
  }
  if (m_refresh_kind == refresh_kind::per_bank)
    return step(m_banks.activate_from(first), command::refresh_bank);
  if (m_refresh_kind == refresh_kind::same_bank)
    return step(m_banks.refresh_same_bank_from(m_refreshing), command::refresh_same_bank);
  return step(m_banks.refresh_all_from(m_refreshing), command::refresh_all);
}

void channel::issue_refresh(const choice& c) {
  take_bus(m_row_bus, c.at);
  log(c, no_row);
  switch (c.what) {
  case command::refresh_bank:
    m_banks.refresh_bank(c.at, c.bank);
    break;
  case command::refresh_same_bank:
    m_banks.refresh_same_bank(c.at, m_refreshing);
    break;
  case command::refresh_all:
    m_banks.refresh_all(c.at, m_refreshing);
    break;
  default:
    m_banks.precharge(c.at, m_refreshing);
    for (std::uint64_t banks = m_refreshing; banks != 0; banks &= banks - 1)
      recount(static_cast<bank_index>(__builtin_ctzll(banks)));
    return;
  }
  m_refreshing = 0;
  m_refresh.done(c.at);
}

void channel::issue_row(std::vector<served>& done) {
  const choice c = m_row;
  if (m_refreshing & bit(c.bank)) {
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
  const bool close = m_page.close_after(r.bank, r.row, m_bank[0][bank].hits + m_bank[1][bank].hits == 0);
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
