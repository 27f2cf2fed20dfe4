// SPDX-License-Identifier: Apache-2.0
// Step fidelity of copies: what copies of KV between two places cost, from simulated ones of powers of two no larger
// than they are. Kernel-free: the simulation itself is a function it is given.
#pragma once

#include "traffic/kv/kv_stores.hpp"
#include "traffic/steps/step_outcome.hpp"

#include <functional>
#include <map>
#include <tuple>

namespace strata::traffic {

class copy_costs {
public:
  using simulator = std::function<step_outcome(const kv_copy&)>;
  explicit copy_costs(simulator simulate) : m_simulate(std::move(simulate)) {}
  /// Along the line through the two largest powers, since a copy is a latency and a stream; of at least one token. Its
  /// interval is the stream alone.
  step_outcome of(const kv_copy& copy);

private:
  const step_outcome& node(unsigned from, unsigned to, std::uint64_t tokens);
  simulator m_simulate;
  std::map<std::tuple<unsigned, unsigned, std::uint64_t>, step_outcome> m_nodes;
};

} // namespace strata::traffic
