// SPDX-License-Identifier: Apache-2.0
// Executor of step fidelity: steps take their outcome from the pool's step cache, copies from its copy costs.
// Kernel-free.
#pragma once

#include "traffic/kv/copy_costs.hpp"
#include "traffic/serving/executor.hpp"
#include "traffic/steps/step_cache.hpp"

#include <map>
#include <queue>

namespace strata::traffic {

/// What is known of the costs of a pool's equal engines.
struct pool_costs {
  step_cache steps;
  copy_costs copies;
};

/// Steps flow through an engine's pipeline in order: a step enters an interval after the one before, and leaves no sooner
/// than an interval of its own behind it. Copies between two places follow each other. So do those that an engine hands over,
/// and those that it is handed, each by themselves: flows to others go on beside one whose receiver is busy. That copies
/// share links with other copies and with steps is left to `stream`.
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
  struct later {
    bool operator()(const ended_work& a, const ended_work& b) const {
      return std::tie(a.at, a.kind, a.engine, a.id) > std::tie(b.at, b.kind, b.engine, b.id);
    }
  };
  struct lane {
    std::int64_t entrance = 0, last_end = 0;
    std::int64_t sent = 0, received = 0; ///< when what it hands over, or is handed, has passed its links
    std::map<std::pair<unsigned, unsigned>, std::int64_t> way_free; ///< of copies, by places
  };
  std::int64_t copy(unsigned engine, const kv_copy& c, phase beside, std::int64_t begin);

  std::vector<pool_costs> m_costs;
  phase_account& m_account;
  std::vector<lane> m_lanes; ///< by engine
  std::priority_queue<ended_work, std::vector<ended_work>, later> m_ends;
};

} // namespace strata::traffic
