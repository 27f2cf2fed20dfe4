// SPDX-License-Identifier: Apache-2.0
#include "traffic/steps/step_executor.hpp"

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
  m_ends.push({end, engine, work::step, s.id});
}

void step_executor::start(unsigned engine, const kv_copy& c, phase beside, std::int64_t now) {
  std::int64_t& free = m_lanes[engine].way_free[{c.from, c.to}];
  free = copy(engine, c, beside, std::max(free, now));
  m_ends.push({free, engine, work::copy, c.id});
}

void step_executor::hand_over(unsigned from, unsigned to, const kv_copy& c, phase beside, std::int64_t now) {
  std::int64_t &sent = m_lanes[from].sent, &received = m_lanes[to].received;
  const std::int64_t begin = std::max(now, sent);
  sent = copy(from, c, beside, begin);
  received = std::max(now, received) + (sent - begin);
  m_ends.push({std::max(sent, received), from, work::hand_over, c.id});
}

/// When a copy that starts at `begin` ends.
std::int64_t step_executor::copy(unsigned engine, const kv_copy& c, phase beside, std::int64_t begin) {
  const unsigned pool = m_account.pool_of(engine);
  const step_outcome o = m_costs[pool].copies.of(c);
  const std::int64_t end = begin + to_ps(o.latency_s);
  m_account.worked(pool, beside, begin, end, o.meters);
  return end;
}

std::optional<ended_work> step_executor::next(std::int64_t, std::int64_t until) {
  if (m_ends.empty() || m_ends.top().at > until)
    return std::nullopt;
  const ended_work e = m_ends.top();
  m_ends.pop();
  return e;
}

} // namespace strata::traffic
