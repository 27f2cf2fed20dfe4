// SPDX-License-Identifier: Apache-2.0
// Executor of step fidelity: steps take their outcome from the pool's step cache, copies from its copy costs.
// Kernel-free.
#pragma once

#include "traffic/serving/executor.hpp"
#include "traffic/steps/copy_costs.hpp"
#include "traffic/steps/step_cache.hpp"

#include <deque>
#include <map>
#include <queue>

namespace strata::traffic {

/// What is known of the costs of a pool's equal engines.
struct pool_costs {
  step_cache steps;
  copy_costs copies;
  std::vector<double> pooled = {}; ///< by place of copies: of a copy's stream, the share of time that it takes what engines have
                                   ///< together; 0 or none = nothing
};

/// Steps flow through an engine's pipeline in order: a step enters an interval after the one before, and leaves no sooner
/// than an interval of its own behind it. Copies between two places follow each other. So do those that an engine hands over,
/// and those that it is handed, each by themselves: flows to others go on beside one whose receiver is busy. Copies of
/// different engines from a pooled store, or to it, follow each other as far as they need all that it can carry. Those of an
/// engine between different places slow each other down by what they share. What copies share with steps, and with what is
/// handed over, is left to `stream`.
class step_executor : public executor {
public:
  /// `costs` by pool.
  step_executor(std::vector<pool_costs> costs, unsigned engines, phase_account& account)
      : m_costs(std::move(costs)), m_account(account), m_lanes(engines) {}

  void start(unsigned engine, const step& s, std::int64_t now) override;
  void start(unsigned engine, const kv_copy& c, phase beside, std::int64_t now) override;
  void hand_over(unsigned from, unsigned to, const kv_copy& c, phase beside, std::int64_t now) override;
  std::optional<ended_work> next(std::int64_t now, std::int64_t until) override;

  const std::vector<pool_costs>& costs() const { return m_costs; }

private:
  struct flow {
    kv_copy copy;
    phase beside;
    std::uint64_t paced = 0; ///< how often its pace has changed; 0 = it has not begun
    std::int64_t begun = 0, since = 0;
    double left_s = 0;       ///< at full pace, at `since`
    double pace = 1;         ///< since then
  };
  using queue_of_way = std::deque<flow>; ///< the first one's turn it is
  struct ending {
    ended_work work;
    queue_of_way* way = nullptr; ///< of a copy, which ends then at the pace that it has, or begins
    std::uint64_t paced = 0;
  };
  struct later {
    bool operator()(const ending& x, const ending& y) const {
      const ended_work &a = x.work, &b = y.work;
      return std::tie(a.at, a.kind, a.engine, a.id) > std::tie(b.at, b.kind, b.engine, b.id);
    }
  };
  struct lane {
    std::int64_t entrance = 0, last_end = 0;
    std::int64_t sent = 0, received = 0; ///< when what it hands over, or is handed, has passed its links
    std::map<std::pair<unsigned, unsigned>, queue_of_way> ways; ///< of copies, by places
  };
  /// When what engines have together of a store is free again, for copies from it and to it.
  struct gates {
    std::int64_t out = 0, in = 0;
  };
  void queue(unsigned engine, queue_of_way& way, std::int64_t now);
  void begin(unsigned engine, queue_of_way& way, std::int64_t now);
  void pace(unsigned engine, std::int64_t now);
  void end(unsigned engine, queue_of_way& way, std::int64_t now);

  std::vector<pool_costs> m_costs;
  phase_account& m_account;
  std::vector<lane> m_lanes; ///< by engine
  std::map<std::pair<unsigned, unsigned>, gates> m_gates; ///< by pool and place
  std::priority_queue<ending, std::vector<ending>, later> m_ends;
};

} // namespace strata::traffic
