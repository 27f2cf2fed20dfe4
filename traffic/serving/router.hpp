// SPDX-License-Identifier: Apache-2.0
// Which of several equal engines serves a request. Kernel-free.
#pragma once

#include <cstdint>
#include <functional>

namespace strata::traffic {

/// round_robin: in turn. least_loaded: where the fewest tokens are still to be computed and produced. kv_aware: where,
/// counting those that the request itself would add, they are fewest: its prompt less what the engine holds of it.
/// Equal ones: in turn.
enum class routing { round_robin, least_loaded, kv_aware };

class router {
public:
  /// Tokens, by engine.
  using tokens_of = std::function<std::uint64_t(unsigned engine)>;

  router(routing policy, unsigned engines) : m_policy(policy), m_engines(engines) {}

  /// `outstanding`: tokens to be computed and produced; `missing`: tokens of the request's prompt that it does not hold.
  unsigned pick(const tokens_of& outstanding, const tokens_of& missing);

private:
  routing m_policy;
  unsigned m_engines, m_next = 0;
};

} // namespace strata::traffic
