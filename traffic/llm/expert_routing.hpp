// SPDX-License-Identifier: Apache-2.0
// Where the tokens of a step go in a mixture of experts: expected numbers for routers that choose evenly. Kernel-free.
#pragma once

#include <cstdint>

namespace strata::traffic {

struct expert_load {
  double touched; ///< experts that get at least one token
  double fullest; ///< tokens of the expert with most
};

/// `tokens`, each sent to `active` different ones of `experts`. The fullest is the mean plus what the largest of so many
/// binomial numbers is above it, at least 1 and at most all tokens.
expert_load expected_load(double tokens, unsigned experts, unsigned active);

} // namespace strata::traffic
