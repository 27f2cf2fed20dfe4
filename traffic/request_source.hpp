// SPDX-License-Identifier: Apache-2.0
// Where requests come from, as the serving engine sees it: a list known beforehand, or clients who wait for answers
// before they ask again. Kernel-free; time in picoseconds.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace strata::traffic {

struct request {
  std::uint64_t id;
  std::int64_t arrival_ps;
  std::uint32_t prompt_tokens; ///< >= 1
  std::uint32_t output_tokens; ///< >= 1
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
};

/// Requests whose arrivals are known beforehand (open loop).
class request_list : public request_source {
public:
  /// Sorted by arrival, with at least one token each way; throws std::invalid_argument otherwise.
  explicit request_list(std::vector<request> requests);
  std::uint64_t total() const override { return m_requests.size(); }
  std::optional<std::int64_t> next_arrival() const override;
  request take() override { return m_requests[m_next++]; }
  void ended(std::uint64_t, std::int64_t) override {}

private:
  std::vector<request> m_requests;
  std::size_t m_next = 0;
};

struct closed_loop_config {
  std::uint32_t clients = 1;     ///< each sends its next request when its last one has ended
  std::uint64_t requests = 1;    ///< of all clients together
  std::uint32_t prompt_least = 1, prompt_most = 1; ///< tokens, uniform
  std::uint32_t output_least = 1, output_most = 1;
  std::uint64_t seed = 1;
};

/// Load generators with a fixed concurrency: all clients begin at time 0.
class closed_loop : public request_source {
public:
  explicit closed_loop(const closed_loop_config& config);
  std::uint64_t total() const override { return m_requests.size(); }
  std::optional<std::int64_t> next_arrival() const override;
  request take() override;
  void ended(std::uint64_t id, std::int64_t now) override;

private:
  std::vector<request> m_requests; ///< arrivals of those not yet sent are unknown
  std::size_t m_taken = 0, m_sent = 0;
};

} // namespace strata::traffic
