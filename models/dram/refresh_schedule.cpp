// SPDX-License-Identifier: Apache-2.0
// The units of each kind of refresh, and the arithmetic of deadlines.
#include "models/dram/refresh_schedule.hpp"

#include "models/dram/config.hpp"

#include <algorithm>

namespace strata::dram {

refresh_schedule::refresh_schedule(const dram_config& c, const timing& t)
    : m_units(t.refresh_units, unit{0}), m_interval(t.refi), m_round(t.refi * t.refresh_units),
      m_budget(t.refi ? c.refresh_postpone * m_round : 0),
      m_reserve(std::min(m_round, std::max({t.ras, t.write_end() + t.wr, t.rtp}) + t.rp + t.faw)) {
  for (unsigned b = 0; b < c.banks(); ++b) {
    const unsigned rank = b / c.banks_per_rank(), in_group = b % c.banks_per_group;
    const unsigned u = c.refresh == refresh_kind::per_bank    ? b
                       : c.refresh == refresh_kind::same_bank ? rank * c.banks_per_group + in_group
                                                              : rank;
    m_units[u].banks |= std::uint64_t{1} << b;
  }
  m_due = m_interval ? m_interval : never_cycle;
  set_latest();
}

void refresh_schedule::set_latest() {
  m_latest = m_due;
  // Units refreshed ahead in quick succession need a round, an interval each, to have their turn again.
  if (m_budget > 0)
    m_latest = std::min(m_due + m_budget, m_units[m_turn].last + m_budget + m_interval) - m_reserve;
}

void refresh_schedule::done(cycle at) {
  m_units[m_turn].last = at;
  m_turn = (m_turn + 1) % m_units.size();
  m_due += m_interval;
  set_latest();
}

void refresh_schedule::skip_rounds(cycle now) {
  if (earliest() >= now)
    return;
  const cycle rounds = (now - earliest()) / m_round;
  if (rounds < 2)
    return;
  const cycle skipped = (rounds - 1) * m_round;
  m_due += skipped;
  for (unit& u : m_units)
    u.last += skipped;
  set_latest();
}

} // namespace strata::dram
