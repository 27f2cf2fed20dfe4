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
    queue(engine, way, now);
}

/// The first copy of a way begins when what it needs of pooled stores is free.
void step_executor::queue(unsigned engine, queue_of_way& way, std::int64_t now) {
  const kv_copy& c = way.front().copy;
  const unsigned pool = m_account.pool_of(engine);
  const std::vector<double>& pooled = m_costs[pool].pooled;
  const auto share = [&pooled](unsigned place) { return place < pooled.size() ? pooled[place] : 0; };
  std::int64_t none = 0;
  std::int64_t& out = share(c.from) > 0 ? m_gates[{pool, c.from}].out : none;
  std::int64_t& in = share(c.to) > 0 ? m_gates[{pool, c.to}].in : none;
  const std::int64_t at = std::max({now, out, in});
  const double stream = m_costs[pool].copies.of(c).interval_s;
  out = at + to_ps(stream * share(c.from));
  in = at + to_ps(stream * share(c.to));
  if (at == now)
    begin(engine, way, now);
  else
    m_ends.push({{at, engine, work::copy, c.id}, &way});
}

void step_executor::begin(unsigned engine, queue_of_way& way, std::int64_t now) {
  flow& f = way.front();
  f.begun = f.since = now;
  f.left_s = m_costs[m_account.pool_of(engine)].copies.of(f.copy).latency_s;
  f.paced = 1;
  m_ends.push({{now + to_ps(f.left_s), engine, work::copy, f.copy.id}, &way, f.paced});
  pace(engine, now);
}

/// What an engine has under way has changed: each copy goes on as fast as the others let it.
void step_executor::pace(unsigned engine, std::int64_t now) {
  copy_costs& costs = m_costs[m_account.pool_of(engine)].copies;
  std::vector<queue_of_way*> ways;
  std::vector<kv_copy> under_way;
  for (auto& [places, way] : m_lanes[engine].ways)
    if (!way.empty() && way.front().paced > 0) {
      ways.push_back(&way);
      under_way.push_back(way.front().copy);
    }
  for (queue_of_way* way : ways) {
    flow& f = way->front();
    const double slowdown = costs.slowdown(f.copy, under_way);
    f.left_s -= static_cast<double>(now - f.since) * 1e-12 * f.pace;
    f.since = now;
    if (f.pace == 1 / slowdown)
      continue;
    f.pace = 1 / slowdown;
    m_ends.push({{now + to_ps(std::max(0.0, f.left_s) * slowdown), engine, work::copy, f.copy.id}, way, ++f.paced});
  }
}

void step_executor::end(unsigned engine, queue_of_way& way, std::int64_t now) {
  const flow f = way.front();
  way.pop_front();
  const unsigned pool = m_account.pool_of(engine);
  m_account.worked(pool, f.beside, f.begun, now, m_costs[pool].copies.of(f.copy).meters);
  pace(engine, now);
  if (!way.empty())
    queue(engine, way, now);
}

void step_executor::hand_over(unsigned from, unsigned to, const kv_copy& c, phase beside, std::int64_t now) {
  std::int64_t &sent = m_lanes[from].sent, &received = m_lanes[to].received;
  const unsigned pool = m_account.pool_of(from);
  const step_outcome o = m_costs[pool].copies.of(c);
  const std::int64_t begin = std::max(now, sent), time = to_ps(o.latency_s);
  sent = begin + time;
  received = std::max(now, received) + time;
  m_account.worked(pool, beside, begin, sent, o.meters);
  m_ends.push({{std::max(sent, received), from, work::hand_over, c.id}});
}

std::optional<ended_work> step_executor::next(std::int64_t, std::int64_t until) {
  while (!m_ends.empty() && m_ends.top().work.at <= until) {
    const ending e = m_ends.top();
    m_ends.pop();
    if (!e.way)
      return e.work;
    if (e.way->empty() || e.way->front().copy.id != e.work.id || e.way->front().paced != e.paced)
      continue; // its pace has changed since
    if (e.paced == 0) {
      begin(e.work.engine, *e.way, e.work.at);
    } else {
      end(e.work.engine, *e.way, e.work.at);
      return e.work;
    }
  }
  return std::nullopt;
}

} // namespace strata::traffic
