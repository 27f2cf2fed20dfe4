// SPDX-License-Identifier: Apache-2.0
// Several equal engines behind a router, on one clock: hands each request to an engine when it arrives, starts what engines
// pick and tells them what has ended. Kernel-free; time in picoseconds.
#pragma once

#include "traffic/executor.hpp"
#include "traffic/request_inbox.hpp"
#include "traffic/router.hpp"

#include <deque>
#include <queue>

namespace strata::traffic {

class cluster {
public:
  /// `replicas` engines of that configuration serve `source`. Throws std::invalid_argument as serving_engine does.
  cluster(const engine_config& config, unsigned replicas, routing policy, std::unique_ptr<request_source> source);

  /// Until all requests are completed or rejected, or those that are left will never arrive.
  void run(executor& out, phase_account& account);

  /// When the last thing ended, ps.
  std::int64_t now() const { return m_now; }
  unsigned engines() const { return static_cast<unsigned>(m_seats.size()); }
  const serving_engine& engine(unsigned number) const { return *m_seats[number].engine; }
  /// Of all requests that have arrived, in that order.
  std::vector<request_record> records() const;
  /// Number of accepted requests in the system integrated over time (request-seconds).
  double requests_in_system_s() const;
  /// Tokens that preempted sequences had computed and that were computed again.
  std::uint64_t recomputed_tokens() const;
  speculation_statistics speculated() const;
  const request_source& source() const { return *m_source; }
  /// Sums over all engines.
  prefix_statistics prefixes() const;
  kv_memory::residency resident() const;

  /// Called with the share of requests completed or rejected.
  std::function<void(double)> on_progress;

private:
  struct running {
    std::uint64_t id;
    step_shape shape;
    std::uint32_t outputs;
  };
  struct seat {
    std::unique_ptr<serving_engine> engine;
    request_inbox* inbox;       ///< the engine's source
    std::deque<running> steps;  ///< in flight, in the order in which they end
    std::size_t copies = 0;     ///< under way
  };
  using wake = std::pair<std::int64_t, unsigned>; ///< when, engine

  void route();
  void start(unsigned engine, executor& out, phase_account& account);
  void end(const ended_work& w, phase_account& account);
  std::int64_t next_instant();

  std::unique_ptr<request_source> m_source;
  router m_router;
  std::vector<seat> m_seats;
  std::vector<unsigned> m_route;    ///< engines of the requests that have arrived
  std::vector<unsigned> m_touched;  ///< engines that may have something to start
  std::priority_queue<wake, std::vector<wake>, std::greater<>> m_wakes; ///< requests reach an engine's queue
  std::size_t m_in_flight = 0;      ///< steps and copies
  std::uint64_t m_gone = 0;         ///< requests completed or rejected
  std::int64_t m_now = 0;
};

} // namespace strata::traffic
