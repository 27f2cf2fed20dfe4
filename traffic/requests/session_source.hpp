// SPDX-License-Identifier: Apache-2.0
// Sessions at work: a step is asked when those before it have been answered and its agent has thought, run its tools or
// waited for its user. Kernel-free.
#pragma once

#include "traffic/requests/request_trace.hpp"

#include <functional>
#include <queue>
#include <utility>

namespace strata::traffic {

class session_source : public request_source {
public:
  /// Sessions with an arrival start then; of the others, `at_once` start at time 0, another one when one of them has ended.
  /// Throws std::invalid_argument for links that break their rules; the run throws base::input_error where it lasts longer
  /// than time can count (106 days).
  session_source(request_trace trace, std::uint32_t at_once, tool_behaviour tools = {});
  std::uint64_t total() const override { return m_trace.requests.size(); }
  std::optional<std::int64_t> next_arrival() const override;
  request take() override;
  void ended(std::uint64_t id, std::int64_t now) override;
  std::optional<std::int64_t> next_forecast() const override;
  std::vector<block_run> forecast() override;
  std::uint32_t block_tokens() const override { return m_trace.block_tokens; }
  std::uint64_t skipped() const override { return m_trace.skipped; }
  const std::vector<service_class>& classes() const override { return m_trace.classes; }
  const session_statistics* sessions() const override { return &m_statistics; }

private:
  using instant_of = std::pair<std::int64_t, std::uint32_t>; ///< instant, step
  using instants = std::priority_queue<instant_of, std::vector<instant_of>, std::greater<instant_of>>;
  void check(std::uint32_t step) const;
  void start_waiting_session(std::int64_t now);
  void step_ready(std::uint32_t step, std::int64_t now);
  bool waits_for_tools(std::uint32_t step) const;
  void foretell(std::uint32_t step, std::int64_t now, std::int64_t at);

  struct session {
    std::vector<std::uint32_t> opening; ///< steps that wait for none
    bool timed = false;                 ///< it has an arrival of its own
    std::uint32_t left = 0;             ///< steps that have not ended
    std::uint32_t served = 0;           ///< steps that have arrived and not ended
    std::int64_t begun = 0, since = 0;  ///< its first arrival; when `served` last became or ceased to be 0
  };

  request_trace m_trace;                          ///< requests taken have given their blocks away
  std::vector<std::vector<std::uint32_t>> m_next; ///< steps that wait for a step
  std::vector<std::int64_t> m_called;             ///< when the call that a step waits for was made
  std::vector<std::uint32_t> m_waits;             ///< steps that a step still waits for
  std::vector<session> m_sessions;
  std::size_t m_start = 0;                        ///< sessions from there on may wait for a place
  session_statistics m_statistics;
  tool_behaviour m_behaviour;
  tool_cores m_tools;
  double m_mean_call_ps = 0;                      ///< of the calls that have ended
  std::uint64_t m_calls = 0;
  instants m_arrivals, m_forecasts;
};

} // namespace strata::traffic
