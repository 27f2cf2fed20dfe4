// SPDX-License-Identifier: Apache-2.0
// Where KV lay in a run: memories of the devices and stores behind them.
#pragma once

#include "sc_main/run_result.hpp"
#include "traffic/cluster.hpp"
#include "traffic/serving_plan.hpp"

#include <deque>

namespace strata::cli {

/// Of the devices of all pools, where sequences have their KV cache.
std::vector<std::string> kv_memories(const std::deque<traffic::serving_plan>& plans);

/// KV tokens in use in an engine, at the places of its pool's memories among those of all pools.
void read_kv_tokens(const std::deque<traffic::serving_plan>& plans, const traffic::cluster& engines, unsigned engine,
                    std::vector<double>& tokens);

/// The devices' memories of a pool, then the stores behind them where they are in use.
std::vector<kv_tier_result> kv_tiers(double kv_B_per_token, const traffic::serving_plan& plan, const traffic::cluster& engines,
                                     unsigned pool);

} // namespace strata::cli
