// SPDX-License-Identifier: Apache-2.0
#include "traffic/steps/step_executor.hpp"

#include <algorithm>

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
  m_ends.push({{end, engine, work::step, s.id}});
}

void step_executor::start(unsigned engine, const kv_copy& c, phase beside, std::int64_t now) {
  queue_of_way& way = m_lanes[engine].ways[{c.from, c.to}];
  way.push_back({c, beside});
  if (way.size() == 1)
    begin(engine, way, now);
}

/// The first copy of a way starts, when what it needs of pooled stores is free.
void step_executor::begin(unsigned engine, queue_of_way& way, std::int64_t now) {
  const auto& [c, beside] = way.front();
  const unsigned pool = m_account.pool_of(engine);
  const std::vector<double>& pooled = m_costs[pool].pooled;
  const auto share = [&pooled](unsigned place) { return place < pooled.size() ? pooled[place] : 0; };
  std::int64_t at = now, none = 0;
  std::int64_t& out = share(c.from) > 0 ? m_gates[{pool, c.from}].out : none;
  std::int64_t& in = share(c.to) > 0 ? m_gates[{pool, c.to}].in : none;
  at = std::max({at, out, in});
  const step_outcome o = m_costs[pool].copies.of(c);
  out = at + to_ps(o.interval_s * share(c.from));
  in = at + to_ps(o.interval_s * share(c.to));
  m_ends.push({{copy(pool, o, beside, at), engine, work::copy, c.id}, &way});
}

void step_executor::hand_over(unsigned from, unsigned to, const kv_copy& c, phase beside, std::int64_t now) {
  std::int64_t &sent = m_lanes[from].sent, &received = m_lanes[to].received;
  const std::int64_t begin = std::max(now, sent);
  const unsigned pool = m_account.pool_of(from);
  sent = copy(pool, m_costs[pool].copies.of(c), beside, begin);
  received = std::max(now, received) + (sent - begin);
  m_ends.push({{std::max(sent, received), from, work::hand_over, c.id}});
}

/// When a copy that starts at `begin` ends.
std::int64_t step_executor::copy(unsigned pool, const step_outcome& o, phase beside, std::int64_t begin) {
  const std::int64_t end = begin + to_ps(o.latency_s);
  m_account.worked(pool, beside, begin, end, o.meters);
  return end;
}

std::optional<ended_work> step_executor::next(std::int64_t, std::int64_t until) {
  if (m_ends.empty() || m_ends.top().work.at > until)
    return std::nullopt;
  const ending e = m_ends.top();
  m_ends.pop();
  if (e.way) {
    e.way->pop_front();
    if (!e.way->empty())
      begin(e.work.engine, *e.way, e.work.at);
  }
  return e.work;
}

} // namespace strata::traffic
