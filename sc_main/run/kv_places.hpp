// SPDX-License-Identifier: Apache-2.0
// Where KV cache lies in a run: the devices' memories and the stores behind them, of all pools, how much there is in each,
// and the ways between them on which it moves.
#pragma once

#include "traffic/lowering/serving_plan.hpp"
#include "traffic/serving/cluster.hpp"

#include <deque>
#include <string>
#include <vector>

namespace strata::cli {

class kv_places {
public:
  /// `plans` of the pools of `engines`; both outlive it.
  kv_places(const std::deque<traffic::serving_plan>& plans, const traffic::cluster& engines);

  /// A memory of a pool's devices, or a store behind them.
  struct tier {
    unsigned pool;
    std::size_t number;      ///< among the pool's memories, or its stores
    bool store;
    const traffic::memory_view* memory;
    std::uint64_t capacity_tokens; ///< of one engine, or of all where they have it together
  };
  /// Pool by pool, fastest first.
  const std::vector<tier>& tiers() const { return m_tiers; }
  /// Indices of tiers.
  struct way {
    std::size_t from, to;
  };
  const std::vector<way>& ways() const { return m_ways; }
  /// Index of the way that a movement took.
  std::size_t way_of(const traffic::kv_movement& m) const;

  /// Tokens of one tier: in use by sequences or stored, and kept in the devices' memory for later prompts.
  struct content {
    double used = 0, kept = 0;
  };
  /// ", prefill 2" where there are several engines, else nothing.
  std::string of_engine(unsigned engine) const;
  /// What an engine has in each tier, nothing in those of the other pool.
  void read(unsigned engine, std::vector<content>& contents) const;

private:
  std::size_t tier_of(unsigned pool, unsigned place) const;

  const traffic::cluster& m_engines;
  std::vector<tier> m_tiers;
  std::vector<way> m_ways;
};

} // namespace strata::cli
