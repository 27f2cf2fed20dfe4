// SPDX-License-Identifier: Apache-2.0
// How a channel leaps over what long streams do once they have settled: its scheduler stands still while each stream
// moves on by what its like have been measured to get.
#include "models/base/fluid_server.hpp"
#include "models/dram/burst_engine.hpp"
#include "models/dram/service_profile.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace strata::dram {

namespace {

constexpr std::uint64_t settling = 64;   ///< bursts after a change in which everything is simulated
constexpr double tail = 32;              ///< bursts of a stream's end that are simulated
constexpr double shortest = 32;          ///< leap worth its while, in bursts of all streams
constexpr double turns_told_apart = 16;  ///< of reads or of writes; where in a turn longer ones end hardly matters

} // namespace

/// The streams of `l` are others than they were.
void burst_engine::changed(lane& l) {
  l.settled = 0;
  if (!m_leaps)
    return;
  l.kinds.clear();
  for (const part& p : l.parts) {
    if (p.kind >= l.kinds.size())
      l.kinds.resize(p.kind + 1, 0);
    ++l.kinds[p.kind];
  }
}

/// False where nothing can be leapt over.
bool burst_engine::plan_leap(const lane& l, leap& plan) const {
  if (l.settled < settling || l.parts.empty() || m_draining > 0)
    return false;
  double sizes[2] = {0, 0}; // of reads, of writes
  for (const part& p : l.parts) {
    const double left = p.source.about_left();
    if (left <= tail)
      return false;
    sizes[p.write] += static_cast<double>(p.sent) + left;
  }
  const double fewer = std::min(sizes[0], sizes[1]);
  if (fewer > 0 && fewer < turns_told_apart * m_config.starvation_cap)
    return false;
  const auto& together = m_leaps->together(l.kinds);
  double capacity = 0;
  plan.streams.clear();
  for (const part& p : l.parts) {
    const auto& alone = m_leaps->alone(p.kind);
    const auto& here = together[p.kind];
    const double limit = p.pace > 0 ? 1 / p.pace / alone.bursts : std::numeric_limits<double>::infinity();
    plan.streams.push_back({here.bursts / alone.bursts, limit, 0, alone.bursts, here.activates});
    capacity += plan.streams.back().weight;
  }
  base::share_fairly(capacity, plan.streams);
  double all = 0;
  plan.cycles = std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < l.parts.size(); ++i) {
    const part& p = l.parts[i];
    plan.streams[i].bursts *= plan.streams[i].rate;
    all += plan.streams[i].bursts;
    plan.cycles = std::min(plan.cycles, (p.source.about_left() - tail) / plan.streams[i].bursts);
  }
  return plan.cycles * all >= shortest;
}

/// Leaps over `cycles`, at most those of `plan`.
void burst_engine::leap_on(lane& l, const leap& plan, double cycles) {
  const auto advanced = static_cast<cycle>(cycles);
  for (std::size_t i = 0; i < l.parts.size(); ++i) {
    part& p = l.parts[i];
    const double bursts = plan.streams[i].bursts * cycles + p.owed;
    const auto whole = static_cast<std::uint64_t>(bursts + 1e-6);
    p.owed = bursts - static_cast<double>(whole);
    if (whole > 0)
      p.source.skip(whole);
    p.sent += whole;
    if (p.pace > 0)
      p.first -= advanced;
    progress& a = m_accesses[p.access];
    a.bursts += a.represents * static_cast<double>(whole);
    a.activates += a.represents * static_cast<double>(whole) * plan.streams[i].activates;
  }
  l.leapt += advanced;
}

} // namespace strata::dram
