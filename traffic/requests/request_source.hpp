// SPDX-License-Identifier: Apache-2.0
// Where requests come from, as the serving engine sees it: a list known beforehand, or clients who wait for answers
// before they ask again. Kernel-free; time in picoseconds.
#pragma once

#include "traffic/kv/block_runs.hpp"
#include "traffic/requests/quantile_sketch.hpp"
#include "traffic/requests/sampler.hpp"
#include "traffic/requests/tool_cores.hpp"

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

namespace strata::traffic {

constexpr std::uint32_t highest_priority = 3;

/// Requests that are judged together, and what they are to keep; without an objective of its own, the run's holds.
struct service_class {
  std::string name;
  std::optional<double> ttft_s{}; ///< to the first token
  std::optional<double> tpot_s{}; ///< per further token
};
constexpr std::size_t most_classes = 64;

struct request {
  std::uint64_t id;
  std::int64_t arrival_ps;
  std::uint32_t prompt_tokens; ///< >= 1
  std::uint32_t output_tokens; ///< >= 1
  std::vector<block_run> blocks{}; ///< of the prompt from its beginning, as far as known
  std::uint32_t priority = highest_priority; ///< 0 = nobody waits
  std::uint8_t service = 0; ///< its class, among the source's
};

/// What became of sessions. Of a session's time, a part has the platform work on one of its steps at least; the rest is
/// gaps, told apart by what the step behind them waited for.
struct session_statistics {
  quantile_sketch durations_s; ///< of the sessions that have ended, from their first step's arrival to their last one's end
  double served_s = 0, tools_s = 0, people_s = 0; ///< summed over sessions
  tool_statistics tools{};         ///< what tools had of the hosts' cores
};

class request_source {
public:
  virtual ~request_source() = default;
  /// Requests over the whole run.
  virtual std::uint64_t total() const = 0;
  /// When the next request arrives, never earlier than one taken before; nothing where none is left, or the next one
  /// waits for another to end.
  virtual std::optional<std::int64_t> next_arrival() const = 0;
  /// That request.
  virtual request take() = 0;
  /// A request was completed or rejected.
  virtual void ended(std::uint64_t id, std::int64_t now) = 0;
  /// Tokens of a hashed block; 0 where requests carry no hashes.
  virtual std::uint32_t block_tokens() const { return 0; }
  /// When the source next says which prompt it expects, ahead of its arrival; nothing where it foresees none.
  virtual std::optional<std::int64_t> next_forecast() const { return std::nullopt; }
  /// The blocks of that prompt; none where it has arrived meanwhile.
  virtual std::vector<block_run> forecast() { return {}; }
  /// Classes that requests name by their place; empty where there is but one, of no name.
  virtual const std::vector<service_class>& classes() const;
  /// Null where requests are no steps of sessions.
  virtual const session_statistics* sessions() const { return nullptr; }
  /// Requests that the trace records as failed and that are therefore left out.
  virtual std::uint64_t skipped() const { return 0; }
};

/// Requests whose arrivals are known beforehand (open loop).
class request_list : public request_source {
public:
  /// Sorted by arrival, with at least one token each way; throws std::invalid_argument otherwise.
  explicit request_list(std::vector<request> requests, std::uint32_t block_tokens = 0, std::uint64_t skipped = 0,
                        std::vector<service_class> classes = {});
  std::uint64_t total() const override { return m_requests.size(); }
  std::optional<std::int64_t> next_arrival() const override;
  request take() override;
  void ended(std::uint64_t, std::int64_t) override {}
  std::uint32_t block_tokens() const override { return m_block_tokens; }
  std::uint64_t skipped() const override { return m_skipped; }
  const std::vector<service_class>& classes() const override { return m_classes; }

private:
  std::vector<request> m_requests; ///< those taken have given their blocks away
  std::size_t m_next = 0;
  std::uint32_t m_block_tokens;
  std::uint64_t m_skipped;
  std::vector<service_class> m_classes;
};

struct closed_loop_config {
  std::uint32_t clients = 1;     ///< each sends its next request when its last one has ended
  std::uint64_t requests = 1;    ///< of all clients together
  std::uint32_t prompt_least = 1, prompt_most = 1; ///< tokens, uniform
  std::uint32_t output_least = 1, output_most = 1;
  std::uint64_t seed = 1;
};

/// Load generators with a fixed concurrency: all clients begin at time 0. Requests are drawn as they are taken.
class closed_loop : public request_source {
public:
  explicit closed_loop(const closed_loop_config& config);
  std::uint64_t total() const override { return m_config.requests; }
  std::optional<std::int64_t> next_arrival() const override;
  request take() override;
  void ended(std::uint64_t id, std::int64_t now) override;

private:
  closed_loop_config m_config;
  sampler m_random;
  std::deque<std::int64_t> m_waiting; ///< instants at which those were sent that have not been taken
  std::uint64_t m_taken = 0, m_sent;
};

} // namespace strata::traffic
