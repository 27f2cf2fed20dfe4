// SPDX-License-Identifier: Apache-2.0
// Reports the engine's endings and the activates of each.
#include "models/dram/burst_policy.hpp"

namespace strata::dram {

void burst_policy::advance(base::femtoseconds now, std::vector<std::uint64_t>& done) {
  m_ended.clear();
  m_engine.advance(now, m_ended);
  for (const auto& e : m_ended)
    done.push_back(e.id);
}

double burst_policy::activates(const base::memory_access& access) const {
  for (const auto& e : m_ended)
    if (e.id == access.id)
      return e.activates;
  return m_profile.idle_activates(access);
}

} // namespace strata::dram
