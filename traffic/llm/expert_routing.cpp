// SPDX-License-Identifier: Apache-2.0
#include "traffic/llm/expert_routing.hpp"

#include <boost/math/distributions/normal.hpp>

#include <algorithm>
#include <cmath>

namespace strata::traffic {

expert_load expected_load(double tokens, unsigned experts, unsigned active) {
  const double chosen = double(active) / experts, mean = tokens * chosen;
  if (experts == 1)
    return {1, tokens};
  // The largest of n normal numbers lies about where their distribution reaches (n - 3/8) / (n + 1/4) (Blom 1958); binomial
  // ones are skewed (Cornish and Fisher's first term).
  const double above = boost::math::quantile(boost::math::normal(), (experts - 0.375) / (experts + 0.25));
  const double spread = above * std::sqrt(mean * (1 - chosen)) + (above * above - 1) / 6 * (1 - 2 * chosen);
  return {experts * (1 - std::pow(1 - chosen, tokens)), std::min(tokens, std::max(1.0, mean + spread))};
}

} // namespace strata::traffic
