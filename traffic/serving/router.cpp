// SPDX-License-Identifier: Apache-2.0
#include "traffic/serving/router.hpp"

namespace strata::traffic {

unsigned router::pick(const tokens_of& outstanding, const tokens_of& missing) {
  if (m_policy == routing::round_robin || m_engines == 1) {
    const unsigned turn = m_next;
    m_next = (m_next + 1) % m_engines;
    return turn;
  }
  const auto cost = [&](unsigned e) { return outstanding(e) + (m_policy == routing::kv_aware ? missing(e) : 0); };
  unsigned best = m_next;
  std::uint64_t least = cost(best);
  for (unsigned i = 1; i < m_engines; ++i) {
    const unsigned e = (m_next + i) % m_engines;
    if (const std::uint64_t c = cost(e); c < least) {
      best = e;
      least = c;
    }
  }
  m_next = (best + 1) % m_engines;
  return best;
}

} // namespace strata::traffic
