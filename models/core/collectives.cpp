// SPDX-License-Identifier: Apache-2.0
// What a lane does with a collective command: phases of writes to the peers' inboxes, and the sums between them.
#include "models/core/compute_core.hpp"

namespace strata::core {

using base::femtoseconds;
using base::now;
using base::to_femtoseconds;

void compute_core::begin_collective(unsigned number) {
  lane& l = m_lanes[number];
  collective_group& g = m_groups[l.current.group];
  l.collective.phase = 0;
  l.collective.phases = 1;
  if (g.ranks <= 1 || l.current.work == 0) {
    l.at = stage::finishing;
    arm(number, now());
    return;
  }
  g.lane = static_cast<int>(number);
  const bool one_shot = static_cast<double>(l.current.work) <= m_config.one_shot_limit.value();
  l.collective.phases = one_shot ? 1 : 2;
  l.collective.phase_bytes = one_shot ? l.current.work : (l.current.work + g.ranks - 1) / g.ranks;
  send_phase(number);
}

void compute_core::send_phase(unsigned number) {
  lane& l = m_lanes[number];
  const std::uint64_t slot = inbox::arrivals + 16 * l.current.group + 8 * m_groups[l.current.group].parity;
  l.at = stage::streaming;
  l.outstanding = 1;
  // By index: an early completion may come back here before the loop ends.
  for (std::size_t i = 0; i < m_groups[l.current.group].members.size(); ++i) {
    const group_member member = m_groups[l.current.group].members[i];
    const std::uint64_t bytes = l.collective.phase_bytes * member.multiplicity;
    m_collective->amount += static_cast<double>(bytes);
    request(number, tlm::TLM_WRITE_COMMAND, member.inbox + slot, bytes, 0);
  }
  operands_done(number);
}

/// A phase is over when everything is sent and every peer's part has arrived; then the parts are added up.
void compute_core::check_arrivals(unsigned number) {
  collective_group& g = m_groups[number];
  if (g.lane < 0)
    return;
  lane& l = m_lanes[static_cast<unsigned>(g.lane)];
  const double expected = static_cast<double>(l.collective.phase_bytes) * static_cast<double>(g.ranks - 1);
  if (l.at != stage::streaming || l.outstanding > 0 || g.arrived[g.parity] < expected)
    return;
  g.arrived[g.parity] -= expected;
  g.parity ^= 1;
  const bool adds = l.collective.phase == 0; // the second phase of two-shot only gathers
  const double read = adds ? expected + static_cast<double>(l.collective.phase_bytes) : 0;
  const femtoseconds sum = base::time_for(read, m_config.cache_bandwidth.value());
  if (adds)
    m_vector->amount += expected / 2; // one addition per 16-bit element received
  l.at = stage::finishing;
  arm(static_cast<unsigned>(g.lane), now() + to_femtoseconds(m_config.collective_overhead) + sum);
}

/// The sum of a phase is done: sends the next phase (false), or leaves the group (true).
bool compute_core::collective_finished(unsigned number) {
  lane& l = m_lanes[number];
  if (++l.collective.phase < l.collective.phases) {
    send_phase(number);
    return false;
  }
  m_groups[l.current.group].lane = -1;
  return true;
}

} // namespace strata::core
