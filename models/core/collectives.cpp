// SPDX-License-Identifier: Apache-2.0
// What a lane does with a collective command: phases of writes to the peers' inboxes, flags behind them, and the work
// on what arrived.
#include "models/core/compute_core.hpp"

#include <algorithm>
#include <cmath>

namespace strata::core {

using base::femtoseconds;
using base::now;
using pattern = collective_phase::pattern;

void compute_core::begin_collective(unsigned number) {
  lane& l = m_lanes[number];
  collective_group& g = m_groups[l.current.group];
  l.at = stage::launching;
  l.collective = {};
  if (g.header.ranks <= 1 || (l.current.work == 0 && l.current.operand_count == 0)) {
    l.at = stage::finishing;
    arm(number, now());
    return;
  }
  if (g.lane >= 0)
    SC_REPORT_FATAL("strata/core", (path() + ": two lanes are in a collective of the same group").c_str());
  g.lane = static_cast<int>(number);
  l.collective.plan = plan_collective(m_config, g.header, l.current);
  arm(number, now() + base::time_for(l.collective.plan.launch_s, 1));
}

void compute_core::send_phase(unsigned number) {
  lane& l = m_lanes[number];
  collective_progress& c = l.collective;
  const collective_group& g = m_groups[l.current.group];
  while (c.repeated == c.current().repeat) { // a ring of two has phases that repeat no time
    ++c.phase;
    c.repeated = 0;
  }
  const collective_phase& f = c.current();
  const double peers = static_cast<double>(g.header.ranks - 1);
  const std::uint64_t inbox = inbox::arrivals + inbox::arrival_stride * l.current.group + 8 * g.slot();
  const auto on_wire = [&c](double bytes) { return static_cast<std::uint64_t>(std::ceil(bytes / c.plan.wire_share)); };
  const double wire_rate = std::isfinite(c.plan.rate) ? c.plan.rate / c.plan.wire_share : 0;
  const int waiting = c.plan.fenced ? static_cast<int>(number) : posted;
  c.expected = f.to == pattern::next ? 1 : g.header.ranks - 1;
  l.at = stage::streaming;
  l.outstanding = 1; // this function itself
  const auto ask = [&](tlm::tlm_command direction, std::uint64_t address, double bytes, double rate) {
    m_collective->amount += static_cast<double>(on_wire(bytes));
    request(waiting, direction, address, on_wire(bytes), rate);
  };
  if (f.to == pattern::in_switch) {
    // What the switch reads from this device for the others, and its own part, share the way out.
    const double rate = wire_rate / (peers + 2);
    ask(tlm::TLM_READ_COMMAND, g.header.multicast, f.bytes, rate);
    ask(tlm::TLM_WRITE_COMMAND, g.header.multicast + 8 * g.slot(), f.bytes, rate);
  } else if (f.to == pattern::next) {
    ask(tlm::TLM_WRITE_COMMAND, g.members[0].inbox + inbox, f.bytes, wire_rate);
  } else {
    double all = 0;
    const auto to_member = [&](std::size_t i) {
      const bool uneven = l.current.op == opcode::all_to_all && i < l.current.operand_count;
      return (uneven ? static_cast<double>(l.current.operands[i].bytes) : f.bytes) * static_cast<double>(g.members[i].multiplicity);
    };
    for (std::size_t i = 0; i < g.members.size(); ++i)
      all += to_member(i);
    for (std::size_t i = 0; i < g.members.size(); ++i)
      if (const double bytes = to_member(i); bytes > 0)
        ask(tlm::TLM_WRITE_COMMAND, g.members[i].inbox + inbox, bytes, wire_rate * bytes / all);
  }
  if (!c.plan.fenced)
    send_flags(number);
  operands_done(number, time_part::link);
}

/// Tells the receivers of the current phase that its data are there.
void compute_core::send_flags(unsigned number) {
  const lane& l = m_lanes[number];
  const collective_group& g = m_groups[l.current.group];
  const std::uint64_t inbox = inbox::arrivals + inbox::arrival_stride * l.current.group + 8 * g.slot();
  if (l.collective.current().to == pattern::next) {
    post(g.members[0].inbox + inbox, 1, true);
    return;
  }
  for (const group_member& m : g.members)
    post(m.inbox + inbox, m.multiplicity, true);
}

/// A phase is over when this device has sent everything and all messages are in; then it works on them.
void compute_core::check_arrivals(unsigned number) {
  collective_group& g = m_groups[number];
  if (g.lane < 0)
    return;
  lane& l = m_lanes[static_cast<unsigned>(g.lane)];
  if (l.at != stage::streaming || l.outstanding > 0 || g.arrived[g.slot()] < l.collective.expected)
    return;
  g.arrived[g.slot()] -= l.collective.expected;
  ++g.phase;
  const collective_phase& f = l.collective.current();
  m_vector->amount += f.sums;
  l.at = stage::finishing;
  const femtoseconds work = base::time_for(l.collective.plan.step_s + f.local_bytes / l.collective.plan.local_rate, 1);
  l.collective.local += work;
  arm(static_cast<unsigned>(g.lane), now() + work);
}

/// The work of a phase is done: sends the next phase (false), or leaves the group (true).
bool compute_core::collective_finished(unsigned number) {
  lane& l = m_lanes[number];
  collective_progress& c = l.collective;
  if (c.plan.phases.empty())
    return true;
  if (++c.repeated < c.current().repeat || c.phase + 1 < c.plan.phases.size()) {
    send_phase(number);
    return false;
  }
  m_groups[l.current.group].lane = -1;
  return true;
}

/// What a collective's lane time went to: all but its launch and its own work is on the links, skew of the peers included.
void compute_core::count_collective(const lane& l) {
  const femtoseconds all = now() - l.started, launched = std::min(all, base::time_for(l.collective.plan.launch_s, 1));
  m_time[unsigned(time_part::launch)]->amount += base::to_seconds(launched);
  m_time[unsigned(time_part::local)]->amount += base::to_seconds(l.collective.local);
  m_time[unsigned(time_part::link)]->amount += base::to_seconds(all - launched - l.collective.local);
}

} // namespace strata::core
