// SPDX-License-Identifier: Apache-2.0
#include "traffic/steps/copy_costs.hpp"

#include <algorithm>
#include <cmath>

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

/// A copy on the way of `way` that is a stream before all, but no larger than need be.
kv_copy copy_costs::long_enough(const kv_copy& way) {
  constexpr std::uint64_t least = 512, most = 16384;
  for (std::uint64_t tokens = least;; tokens *= 2) {
    const kv_copy c{0, way.from, way.to, tokens};
    const step_outcome o = of(c);
    if (tokens == most || o.interval_s > 8 * (o.latency_s - o.interval_s))
      return c;
  }
}

/// How much longer copies like `copy` take beside one like `other`, per second that this one takes alone.
double copy_costs::delay(const kv_copy& copy, const kv_copy& other) {
  const auto [it, fresh] = m_delays.try_emplace({copy.from, copy.to, other.from, other.to}, 0.0);
  if (fresh) {
    const kv_copy mine = long_enough(copy), theirs = long_enough(other);
    const double alone = of(mine).latency_s, other_alone = of(theirs).latency_s;
    constexpr double outlast = 2; // where both want the same, each takes twice as long
    const auto count = 1 + static_cast<unsigned>(std::ceil(outlast * other_alone / alone));
    it->second = std::clamp((m_together(mine, count, theirs) - count * alone) / other_alone, 0.0, 1.0);
  }
  return it->second;
}

/// A copy at 1/s of its pace beside one that takes r times as long as alone loses r (1 - 1/s); both delays give both
/// paces. Where each delays the other by its whole length, that does not say who yields: they do evenly.
double copy_costs::slowdown(const kv_copy& copy, const kv_copy& other) {
  if (!m_together)
    return 1;
  constexpr double unsure = 0.05;
  const double mine = delay(copy, other), theirs = delay(other, copy);
  return 1 + mine * (1 - theirs + unsure) / (1 - mine + unsure);
}

double copy_costs::slowdown(const kv_copy& copy, const std::vector<kv_copy>& others) {
  constexpr double noticeable = 1.01;
  double most = 0;
  for (const kv_copy& first : others) {
    if (first.id == copy.id)
      continue;
    double more = slowdown(copy, first) - 1;
    for (const kv_copy& o : others)
      if (o.id != copy.id && o.id != first.id && (slowdown(first, o) > noticeable || slowdown(o, first) > noticeable))
        more += slowdown(copy, o) - 1;
    most = std::max(most, more);
  }
  return 1 + most;
}

} // namespace strata::traffic
