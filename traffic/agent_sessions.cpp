// SPDX-License-Identifier: Apache-2.0
#include "traffic/agent_sessions.hpp"

#include "models/base/diagnostic.hpp"

#include <limits>
#include <stdexcept>

namespace strata::traffic {

agent_sessions::agent_sessions(std::vector<agent_turn> turns, std::uint32_t at_once, std::uint32_t block_tokens,
                               std::uint64_t skipped)
    : m_turns(std::move(turns)), m_next(m_turns.size()), m_block_tokens(block_tokens), m_skipped(skipped) {
  for (std::uint32_t i = 0; i < m_turns.size(); ++i) {
    const agent_turn& t = m_turns[i];
    bool sound = t.prompt_tokens > 0 && t.output_tokens > 0 && t.think_ps >= 0 && t.session <= m_sessions.size();
    for (const std::uint32_t before : t.after)
      sound = sound && before < i && m_turns[before].session == t.session;
    if (!sound)
      throw std::invalid_argument("turn " + std::to_string(i) + " of the agent sessions is not one");
    if (t.session == m_sessions.size())
      m_sessions.emplace_back();
    ++m_sessions[t.session].left;
    m_waits.push_back(static_cast<std::uint32_t>(t.after.size()));
    for (const std::uint32_t before : t.after)
      m_next[before].push_back(i);
    if (t.after.empty())
      m_sessions[t.session].opening.push_back(i);
  }
  for (std::uint32_t s = 0; s < at_once; ++s)
    start_session(0);
}

std::optional<std::int64_t> agent_sessions::next_arrival() const {
  if (m_arrivals.empty())
    return std::nullopt;
  return m_arrivals.top().first;
}

request agent_sessions::take() {
  const auto [at, turn] = m_arrivals.top();
  m_arrivals.pop();
  agent_turn& t = m_turns[turn];
  session& s = m_sessions[t.session];
  if (s.served++ == 0) {
    if (t.after.empty())
      s.begun = at;
    else
      (t.tools ? m_statistics.tools_s : m_statistics.people_s) += static_cast<double>(at - s.since) * 1e-12;
    s.since = at;
  }
  return {turn, at, t.prompt_tokens, t.output_tokens, std::move(t.blocks)};
}

void agent_sessions::ended(std::uint64_t id, std::int64_t now) {
  for (const std::uint32_t next : m_next[id])
    if (--m_waits[next] == 0)
      turn_ready(next, now);
  session& s = m_sessions[m_turns[id].session];
  if (--s.served == 0) {
    m_statistics.served_s += static_cast<double>(now - s.since) * 1e-12;
    s.since = now;
  }
  if (--s.left == 0) {
    m_statistics.durations_s.push_back(static_cast<double>(now - s.begun) * 1e-12);
    start_session(now);
  }
}

void agent_sessions::start_session(std::int64_t now) {
  if (m_started == m_sessions.size())
    return;
  for (const std::uint32_t turn : m_sessions[m_started++].opening)
    turn_ready(turn, now);
}

void agent_sessions::turn_ready(std::uint32_t turn, std::int64_t now) {
  const std::int64_t think = m_turns[turn].think_ps;
  if (think > std::numeric_limits<std::int64_t>::max() - now)
    throw base::input_error({}, "the agent sessions last more than 106 days, expected more of them at once, or a higher "
                                "rate scale");
  m_arrivals.push({now + think, turn});
}

} // namespace strata::traffic
