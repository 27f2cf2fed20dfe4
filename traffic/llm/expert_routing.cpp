// SPDX-License-Identifier: Apache-2.0
#include "traffic/llm/expert_routing.hpp"

#include <algorithm>
#include <cmath>

namespace strata::traffic {

expert_load expected_load(double tokens, unsigned experts, unsigned active) {
  const double chosen = double(active) / experts, mean = tokens * chosen;
  const double spread = std::sqrt(2 * std::log(double(experts)) * mean * (1 - chosen));
  return {experts * (1 - std::pow(1 - chosen, tokens)), std::min(tokens, std::max(1.0, mean + spread))};
}

} // namespace strata::traffic
