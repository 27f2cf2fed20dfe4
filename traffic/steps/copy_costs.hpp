// SPDX-License-Identifier: Apache-2.0
// Step fidelity of copies: what copies of KV between two places cost, from simulated ones of powers of two no larger
// than they are, and how much they slow each other down. Kernel-free: the simulation itself is a function it is given.
#pragma once

#include "traffic/kv/kv_stores.hpp"
#include "traffic/lowering/step_outcome.hpp"

#include <array>
#include <functional>
#include <map>
#include <tuple>

namespace strata::traffic {

class copy_costs {
public:
  using simulator = std::function<step_outcome(const kv_copy&)>;
  /// Seconds of `count` copies that follow each other, beside another that starts with them.
  using pair_simulator = std::function<double(const kv_copy&, unsigned count, const kv_copy& other)>;
  explicit copy_costs(simulator simulate, pair_simulator together = {})
      : m_simulate(std::move(simulate)), m_together(std::move(together)) {}
  /// Along the line through the two largest powers, since a copy is a latency and a stream; of at least one token. Its
  /// interval is the stream alone.
  step_outcome of(const kv_copy& copy);
  /// How many times as long a copy takes while one between the places of `other` goes on, in the mean over the time that this
  /// one then takes: what they share.
  double slowdown(const kv_copy& copy, const kv_copy& other);
  /// The same beside all of `others` but itself. What slows it and each other down shares one thing, of which each has its
  /// part; of several such things the tightest counts.
  double slowdown(const kv_copy& copy, const std::vector<kv_copy>& others);

private:
  kv_copy long_enough(const kv_copy& way);
  double delay(const kv_copy& copy, const kv_copy& other);
  const step_outcome& node(unsigned from, unsigned to, std::uint64_t tokens);
  simulator m_simulate;
  pair_simulator m_together;
  std::map<std::tuple<unsigned, unsigned, std::uint64_t>, step_outcome> m_nodes;
  std::map<std::array<unsigned, 4>, double> m_delays; ///< by places of both
};

} // namespace strata::traffic
