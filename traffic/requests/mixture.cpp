// SPDX-License-Identifier: Apache-2.0
#include "traffic/requests/mixture.hpp"

#include <algorithm>
#include <cmath>

namespace strata::traffic {

namespace {

double draw(sampler& random, const mixture& m) {
  double pick = random.uniform();
  std::size_t i = 0;
  while (i + 1 < m.parts.size() && pick >= m.parts[i].weight)
    pick -= m.parts[i++].weight;
  const mixture::part& p = m.parts[i];
  switch (p.kind) {
  case family::log_normal: return p.scale * std::exp(p.shape * random.normal());
  case family::exponential: return random.exponential(1 / p.scale);
  case family::pareto: return p.scale * std::pow(random.uniform(), -1 / p.shape);
  case family::uniform: return p.scale + (p.shape - p.scale) * random.uniform();
  case family::constant: break;
  }
  return p.scale;
}

} // namespace

double sample(sampler& random, const mixture& m) { return std::clamp(draw(random, m), m.least, m.most); }

std::uint32_t sample_tokens(sampler& random, const mixture& m) {
  return static_cast<std::uint32_t>(std::clamp(std::round(draw(random, m)), m.least, m.most));
}

} // namespace strata::traffic
