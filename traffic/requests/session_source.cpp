// SPDX-License-Identifier: Apache-2.0
#include "traffic/requests/session_source.hpp"

#include "models/base/diagnostic.hpp"

#include <algorithm>
#include <limits>
#include <stdexcept>

namespace strata::traffic {

session_source::session_source(request_trace trace, std::uint32_t at_once, tool_behaviour tools)
    : m_trace(std::move(trace)), m_next(m_trace.requests.size()), m_called(m_trace.requests.size(), 0), m_behaviour(std::move(tools)), m_tools(m_behaviour.hosts) {
  if (m_trace.links.size() != m_trace.requests.size())
    throw std::invalid_argument("steps of sessions need a link each");
  for (std::uint32_t i = 0; i < m_trace.links.size(); ++i) {
    check(i);
    const session_link& link = m_trace.links[i];
    if (link.session == m_sessions.size())
      m_sessions.emplace_back();
    session& s = m_sessions[link.session];
    ++s.left;
    m_waits.push_back(static_cast<std::uint32_t>(link.after.size()));
    for (const std::uint32_t before : link.after)
      m_next[before].push_back(i);
    if (!link.after.empty())
      continue;
    s.opening.push_back(i);
    const std::int64_t at = m_trace.requests[i].arrival_ps;
    if (at == no_arrival)
      continue;
    s.timed = true;
    m_arrivals.emplace(at, i);
  }
  for (std::uint32_t s = 0; s < at_once; ++s)
    start_waiting_session(0);
}

void session_source::check(std::uint32_t step) const {
  const request& q = m_trace.requests[step];
  const session_link& link = m_trace.links[step];
  bool sound = q.prompt_tokens > 0 && q.output_tokens > 0 && link.gap_ps >= 0 && link.session <= m_sessions.size() &&
               (q.arrival_ps == no_arrival || (q.arrival_ps >= 0 && link.after.empty()));
  for (const std::uint32_t before : link.after)
    sound = sound && before < step && m_trace.links[before].session == link.session;
  if (link.after.empty() && link.session < m_sessions.size() && !m_sessions[link.session].opening.empty())
    sound = sound && m_sessions[link.session].timed == (q.arrival_ps != no_arrival);
  if (!sound)
    throw std::invalid_argument("step " + std::to_string(step) + " of the sessions is not one");
}

std::optional<std::int64_t> session_source::next_arrival() const {
  if (m_arrivals.empty())
    return std::nullopt;
  return m_arrivals.top().first;
}

request session_source::take() {
  const auto [at, step] = m_arrivals.top();
  m_arrivals.pop();
  const session_link& link = m_trace.links[step];
  session& s = m_sessions[link.session];
  if (s.served++ == 0 && !link.alone) {
    if (link.after.empty())
      s.begun = at;
    else
      (link.tools ? m_statistics.tools_s : m_statistics.people_s) += static_cast<double>(at - s.since) * 1e-12;
    s.since = at;
  }
  if (waits_for_tools(step))
    m_mean_call_ps += (static_cast<double>(at - m_called[step]) - m_mean_call_ps) / static_cast<double>(++m_calls);
  request q = std::move(m_trace.requests[step]);
  q.id = step;
  q.arrival_ps = at;
  return q;
}

void session_source::ended(std::uint64_t id, std::int64_t now) {
  for (const std::uint32_t next : m_next[id])
    if (--m_waits[next] == 0)
      step_ready(next, now);
  const session_link& link = m_trace.links[id];
  session& s = m_sessions[link.session];
  if (--s.served == 0 && !link.alone) {
    m_statistics.served_s += static_cast<double>(now - s.since) * 1e-12;
    s.since = now;
  }
  if (--s.left > 0)
    return;
  if (!link.alone)
    m_statistics.durations_s.add(static_cast<double>(now - s.begun) * 1e-12);
  if (!s.timed)
    start_waiting_session(now);
}

void session_source::start_waiting_session(std::int64_t now) {
  while (m_start < m_sessions.size() && m_sessions[m_start].timed)
    ++m_start;
  if (m_start == m_sessions.size())
    return;
  for (const std::uint32_t step : m_sessions[m_start++].opening)
    step_ready(step, now);
}

void session_source::step_ready(std::uint32_t step, std::int64_t now) {
  const std::int64_t gap = m_trace.links[step].gap_ps;
  if (gap > std::numeric_limits<std::int64_t>::max() - now)
    throw base::input_error({}, "the sessions last more than 106 days, expected more of them at once, or a higher rate scale");
  if (!waits_for_tools(step)) {
    m_arrivals.emplace(now + gap, step);
    return;
  }
  const std::int64_t at = m_tools.run(step, gap, now);
  m_statistics.tools = m_tools.statistics();
  m_called[step] = now;
  foretell(step, now, at);
  m_arrivals.emplace(at, step);
}

bool session_source::waits_for_tools(std::uint32_t step) const {
  const session_link& link = m_trace.links[step];
  return link.tools && !link.after.empty() && link.gap_ps > 0;
}

/// A call is made whose result comes at `at`; when that is announced depends on what is known of calls by now.
void session_source::foretell(std::uint32_t step, std::int64_t now, std::int64_t at) {
  const std::int64_t foretold = m_behaviour.foretold == foresight::exact ? at : now + static_cast<std::int64_t>(m_mean_call_ps);
  if (m_behaviour.foretold == foresight::exact || (m_behaviour.foretold == foresight::mean && m_calls > 0))
    m_forecasts.emplace(std::max(now, foretold - m_behaviour.lead_ps), step);
}

std::optional<std::int64_t> session_source::next_forecast() const {
  return m_forecasts.empty() ? std::nullopt : std::optional(m_forecasts.top().first);
}

std::vector<block_run> session_source::forecast() {
  const std::uint32_t step = m_forecasts.top().second;
  m_forecasts.pop();
  return m_trace.requests[step].blocks; // gone with the request where it was taken
}

} // namespace strata::traffic
