// SPDX-License-Identifier: Apache-2.0
// Engines behind routers, on one clock: hands each request to an engine when it arrives, starts what engines pick and tells
// them what has ended. They are one pool of equal engines, or one that computes prompts and one that goes on with them.
// Kernel-free; time in picoseconds.
#pragma once

#include "traffic/kv/kv_hand_over.hpp"
#include "traffic/requests/request_inbox.hpp"
#include "traffic/serving/executor.hpp"
#include "traffic/serving/router.hpp"

#include <deque>
#include <map>
#include <queue>
#include <tuple>

namespace strata::traffic {

/// Equal engines.
struct pool_config {
  engine_config engine;
  unsigned replicas = 1; ///< how many
};

struct cluster_config {
  std::vector<pool_config> pools;   ///< one, or two: prefill and decode
  routing router = routing::round_robin;
  unsigned layers = 1;              ///< of the model: parts in which KV goes from prefill to decode
};

/// KV that went from one place (see kv_copy) to another, ps; copies of one way follow each other.
struct kv_movement {
  unsigned engine, to_engine;
  unsigned from, to;
  std::uint64_t tokens;
  std::int64_t begin, end; ///< given out, done: in between it may have waited for others
};

class cluster {
public:
  /// Throws std::invalid_argument as serving_engine does.
  cluster(cluster_config config, std::unique_ptr<request_source> source);

  /// Until all requests are completed or rejected, or those that are left will never arrive.
  void run(executor& out, phase_account& account);

  /// When the last thing ended, ps.
  std::int64_t now() const { return m_now; }
  unsigned engines() const { return static_cast<unsigned>(m_seats.size()); }
  /// Engines of each pool; their numbers are consecutive.
  const std::vector<unsigned>& pool_sizes() const { return m_sizes; }
  unsigned pool_of(unsigned engine) const { return engine < m_sizes.front() ? 0 : 1; }
  const serving_engine& engine(unsigned number) const { return *m_seats[number].engine; }
  /// Number of accepted requests in the system integrated over time (request-seconds).
  double requests_in_system_s() const;
  /// Tokens that preempted sequences had computed and that were computed again.
  std::uint64_t recomputed_tokens() const;
  speculation_statistics speculated() const;
  /// Seconds between a sequence's tokens, a value a token; the wait for KV that is handed over apart.
  quantile_sketch gaps() const;
  /// Requests that have their first token.
  std::uint64_t answered() const;
  const request_source& source() const { return *m_source; }
  /// Sums over the engines of a pool.
  prefix_statistics prefixes(unsigned pool = 0) const;
  kv_memory::residency resident(unsigned pool) const;
  /// KV that went from prefill to decode.
  std::uint64_t handed_over_tokens() const { return m_hand_over.tokens(); }

  /// Called with the record of every request that has arrived, in that order, when it and those before it have ended; at the
  /// end of the run with those that have not.
  std::function<void(const request_record&)> on_request;
  /// Called with the share of requests completed or rejected.
  std::function<void(double)> on_progress;
  /// Called with every copy that is done.
  std::function<void(const kv_movement&)> on_movement;

private:
  struct running {
    std::uint64_t id;
    step_shape shape;
    std::uint32_t outputs;
    std::vector<std::pair<std::uint32_t, std::uint32_t>> prompts; ///< that are handed over: request, tokens computed then
  };
  /// Of a request at a prefill engine, which goes on at another.
  struct further {
    std::vector<block_run> blocks;     ///< of its prompt, where decode engines look for them
    std::optional<engine_request> at;  ///< where it has been sent to
  };
  struct seat {
    std::unique_ptr<serving_engine> engine;
    request_inbox* inbox;       ///< the engine's source
    std::deque<running> steps;  ///< in flight, in the order in which they end
    std::size_t copies = 0;     ///< under way
    window<further> requests{}; ///< of a prefill engine, numbered as its records
    std::uint32_t told = 0;     ///< number of its next record for on_request
  };
  using copy_key = std::tuple<work, unsigned, std::uint64_t>; ///< kind, engine, id
  using wake = std::pair<std::int64_t, unsigned>; ///< when, engine

  bool two_pools() const { return m_sizes.size() > 1; }
  bool prefills(unsigned engine) const { return two_pools() && pool_of(engine) == 0; }
  unsigned first_of(unsigned pool) const { return pool == 0 ? 0 : m_sizes.front(); }
  void route();
  void foresee();
  unsigned pick(unsigned pool, const request& q);
  void put(unsigned engine, request q);
  void compute_prompts(unsigned engine, const step& s);
  void send(executor& out);
  void wake_up();
  void start(unsigned engine, executor& out, phase_account& account);
  void moves(work kind, unsigned engine, unsigned to_engine, const kv_copy& c);
  void moved(const ended_work& w);
  phase doing(const seat& s) const { return s.steps.empty() ? phase::idle : phase_of(s.steps.front().shape); }
  void end(const ended_work& w, phase_account& account);
  void end_step(unsigned engine, std::uint64_t id, phase_account& account);
  void hand_on(const kv_hand_over::passed_on& p);
  void tell(bool all);
  const request_record* continued(const std::optional<engine_request>& at) const;
  std::int64_t next_instant();

  std::unique_ptr<request_source> m_source;
  std::vector<unsigned> m_sizes;    ///< engines, by pool
  std::vector<router> m_routers;    ///< by pool
  std::vector<seat> m_seats;
  kv_hand_over m_hand_over;
  bool m_blocks_go_on = false;      ///< decode engines look for blocks of prompts
  std::deque<unsigned> m_route;     ///< engines of the requests that have arrived and of which on_request has not been told
  std::vector<unsigned> m_touched;  ///< engines that may have something to start
  std::priority_queue<wake, std::vector<wake>, std::greater<>> m_wakes; ///< requests reach an engine's queue
  std::size_t m_in_flight = 0;      ///< steps and copies
  std::map<copy_key, kv_movement> m_moving; ///< where somebody watches
  std::uint64_t m_gone = 0;         ///< requests completed or rejected
  std::int64_t m_now = 0;
};

} // namespace strata::traffic
