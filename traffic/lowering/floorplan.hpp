// SPDX-License-Identifier: Apache-2.0
// Pipeline stages as rectangles of a mesh of cores: how large, where, and what a core of each holds. Kernel-free.
#pragma once

#include "traffic/lowering/serving_plan.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

namespace strata::traffic {

/// Bytes in the fullest core of a stage's rectangle.
struct core_use {
  double memory = 0;          ///< a core has
  double reserve = 0;         ///< of it, kept from weights and KV at least
  double code = 0;
  double activations = 0;     ///< inputs of an operator twice, its sums once
  double weights = 0;
  double kv_per_position = 0; ///< of one token that the core holds keys and values of

  /// For weights and KV: what the reserve leaves, or code and activations where they take more.
  double room() const { return memory - std::max(reserve, code + activations); }
  /// By how much weights outgrow it; 0 = they fit.
  double shortfall() const { return std::max(0.0, weights - room()); }
  /// Tokens' keys and values that fit beside the weights.
  double positions() const { return kv_per_position > 0 ? std::floor(std::max(0.0, room() - weights) / kv_per_position) : 0; }
};

/// "layer 3", "layer 0 and the embedding", "the LM head".
std::string name_of(const serving_plan& plan, const pipeline_stage& stage);
/// Use of `stage`'s rectangle; it must have one.
core_use core_use_of(const serving_plan& plan, const pipeline_stage& stage);
/// Tokens of KV cache that the rectangle holds, 1e18 where the stage keeps none.
double kv_tokens(const serving_plan& plan, const pipeline_stage& stage);

/// Gives the stages of every device that is a mesh their rectangles: consecutive stages side by side in rows that turn
/// round at their ends, areas such that their fullest cores are full at the same length of the KV cache. Throws
/// base::input_error where a core cannot hold what falls to it, with the bytes that lack and what would help.
void place_stages(serving_plan& plan, placement where);

} // namespace strata::traffic
