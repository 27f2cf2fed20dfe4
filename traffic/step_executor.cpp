// SPDX-License-Identifier: Apache-2.0
#include "traffic/step_executor.hpp"

namespace strata::traffic {

namespace {
std::int64_t to_ps(double seconds) { return static_cast<std::int64_t>(seconds * 1e12 + 0.5); }
} // namespace

void step_executor::start(unsigned engine, const step& s, std::int64_t now) {
  const unsigned pool = m_account.pool_of(engine);
  const step_outcome& o = m_costs[pool].steps.lookup(s.shape);
  lane& l = m_lanes[engine];
  const std::int64_t begin = std::max(now, l.entrance), interval = to_ps(o.interval_s);
  const std::int64_t end = std::max(begin + to_ps(o.latency_s), l.last_end + interval);
  l.entrance = begin + interval;
  l.last_end = end;
  m_account.worked(pool, phase_of(s.shape), begin, end, o.meters);
  m_ends.push({end, engine, false, s.id});
}

void step_executor::start(unsigned engine, const kv_copy& c, phase beside, std::int64_t now) {
  const unsigned pool = m_account.pool_of(engine);
  const step_outcome o = m_costs[pool].copies.of(c);
  std::int64_t& free = m_lanes[engine].way_free[{c.from, c.to}];
  const std::int64_t begin = std::max(free, now);
  free = begin + to_ps(o.latency_s);
  m_account.worked(pool, beside, begin, free, o.meters);
  m_ends.push({free, engine, true, c.id});
}

std::optional<ended_work> step_executor::next(std::int64_t, std::int64_t until) {
  if (m_ends.empty() || m_ends.top().at > until)
    return std::nullopt;
  const ended_work e = m_ends.top();
  m_ends.pop();
  return e;
}

} // namespace strata::traffic
