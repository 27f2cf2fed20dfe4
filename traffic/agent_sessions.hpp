// SPDX-License-Identifier: Apache-2.0
// Agents at work, several sessions at once: a turn is asked when those before it have been answered and the agent has
// thought, run its tools or waited for its user. Kernel-free.
#pragma once

#include "traffic/request_source.hpp"

#include <functional>
#include <queue>
#include <utility>

namespace strata::traffic {

struct agent_turn {
  std::uint32_t session;            ///< sessions are numbered from 0 in the order in which they start
  std::uint32_t prompt_tokens, output_tokens; ///< >= 1
  std::int64_t think_ps;            ///< >= 0; between the end of the turns it waits for and its arrival
  std::vector<block_run> blocks;
  bool tools = true;                ///< that time is its tools', else its user's
  std::vector<std::uint32_t> after{}; ///< turns it waits for, all of them earlier and of its session; none: it opens the session
};

class agent_sessions : public request_source {
public:
  /// `at_once` sessions start at time 0, another one when one has ended. Throws std::invalid_argument for turns that
  /// break the rules above; the run throws base::input_error where it lasts longer than time can count (106 days).
  agent_sessions(std::vector<agent_turn> turns, std::uint32_t at_once, std::uint32_t block_tokens, std::uint64_t skipped);
  std::uint64_t total() const override { return m_turns.size(); }
  std::optional<std::int64_t> next_arrival() const override;
  request take() override;
  void ended(std::uint64_t id, std::int64_t now) override;
  std::uint32_t block_tokens() const override { return m_block_tokens; }
  std::uint64_t skipped() const override { return m_skipped; }
  const session_statistics* sessions() const override { return &m_statistics; }

private:
  using arrival = std::pair<std::int64_t, std::uint32_t>; ///< instant, turn
  void start_session(std::int64_t now);
  void turn_ready(std::uint32_t turn, std::int64_t now);

  struct session {
    std::vector<std::uint32_t> opening; ///< turns that wait for none
    std::uint32_t left = 0;             ///< turns that have not ended
    std::uint32_t served = 0;           ///< turns that have arrived and not ended
    std::int64_t begun = 0, since = 0;  ///< its first arrival; when `served` last became or ceased to be 0
  };

  std::vector<agent_turn> m_turns;                ///< those taken have given their blocks away
  std::vector<std::vector<std::uint32_t>> m_next; ///< turns that wait for a turn
  std::vector<std::uint32_t> m_waits;             ///< turns that a turn still waits for
  std::vector<session> m_sessions;
  session_statistics m_statistics;
  std::uint32_t m_started = 0;                    ///< sessions
  std::priority_queue<arrival, std::vector<arrival>, std::greater<arrival>> m_arrivals;
  std::uint32_t m_block_tokens;
  std::uint64_t m_skipped;
};

} // namespace strata::traffic
