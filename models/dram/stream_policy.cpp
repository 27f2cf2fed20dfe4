// SPDX-License-Identifier: Apache-2.0
// Which accesses the engine has to simulate.
#include "models/dram/stream_policy.hpp"

#include <algorithm>

namespace strata::dram {

using base::femtoseconds;

std::unique_ptr<dram_policy> make_policy(const dram_config& c) {
  c.validate();
  if (c.fidelity == fidelity_kind::burst)
    return std::make_unique<burst_policy>(c);
  return std::make_unique<stream_policy>(c);
}

stream_policy::stream_policy(const dram_config& c) : burst_policy(c, service_profile::of(c)) {}

void stream_policy::start(femtoseconds now, const base::memory_access& a) {
  if (!m_lone && engine().idle()) {
    m_lone = {a, now, now + unloaded(a)};
    return;
  }
  if (m_lone)
    burst_policy::start(m_lone->start, m_lone->access);
  m_lone.reset();
  burst_policy::start(now, a);
}

femtoseconds stream_policy::next() const { return m_lone ? m_lone->end : burst_policy::next(); }

void stream_policy::advance(femtoseconds now, std::vector<std::uint64_t>& done) {
  burst_policy::advance(now, done);
  if (m_lone && m_lone->end <= now) {
    done.push_back(m_lone->access.id);
    m_lone.reset();
  }
}

} // namespace strata::dram
