// SPDX-License-Identifier: Apache-2.0
#include "traffic/kv/copy_costs.hpp"

namespace strata::traffic {

const step_outcome& copy_costs::node(unsigned from, unsigned to, std::uint64_t tokens) {
  const auto [it, fresh] = m_nodes.try_emplace({from, to, tokens});
  if (fresh)
    it->second = m_simulate({0, from, to, tokens});
  return it->second;
}

step_outcome copy_costs::of(const kv_copy& copy) {
  std::uint64_t power = 1;
  while (power * 2 <= copy.tokens)
    power *= 2;
  step_outcome o = node(copy.from, copy.to, power);
  if (power == 1)
    return o;
  const step_outcome& half = node(copy.from, copy.to, power / 2);
  const double halves = static_cast<double>(copy.tokens) / (static_cast<double>(power) / 2), beyond = halves - 2;
  o.interval_s = halves * (o.latency_s - half.latency_s);
  o.latency_s += beyond * (o.latency_s - half.latency_s);
  for (std::size_t i = 0; i < o.meters.size(); ++i)
    o.meters[i] += beyond * (o.meters[i] - half.meters[i]);
  return o;
}

} // namespace strata::traffic
