// SPDX-License-Identifier: Apache-2.0
// Flows into the fluid server and out of it, after their start-up time, to the caller.
#include "models/dram/stream_policy.hpp"

#include "models/dram/burst_policy.hpp"

#include <algorithm>

namespace strata::dram {

using base::femtoseconds;

std::unique_ptr<dram_policy> make_policy(const dram_config& c) {
  c.validate();
  if (c.fidelity == fidelity_kind::burst)
    return std::make_unique<burst_policy>(c);
  return std::make_unique<stream_policy>(c);
}

void stream_policy::start(femtoseconds now, const base::memory_access& a) {
  const kind_index k = m_profile.kind_of(a);
  const std::uint64_t n = m_profile.lane_bursts(k, a);
  const double e = m_profile.efficiency(k);
  const auto bytes = static_cast<double>(a.stream.bytes);
  // A short access has no more than the channels it touches.
  double limit = m_profile.peak() * bytes / static_cast<double>(m_profile.full_bytes(k, n));
  if (a.stream.rate_limit > 0)
    limit = std::min(limit, a.stream.rate_limit / e);
  if (a.id >= m_flow.size())
    m_flow.resize(a.id + 1);
  const auto startup = m_profile.startup(k, n);
  const double idle_activates = m_profile.idle_activates(a);
  m_flow[a.id] = {k, n < m_queue, e, base::to_femtoseconds(base::duration::of(startup.seconds)), startup.activates,
                  (idle_activates - startup.activates) * e / bytes, bytes / e};
  count(k, 1);
  m_flows.add(now, a.id, bytes / e, limit, 1 / e);
  settle(now);
}

femtoseconds stream_policy::next() const {
  return std::min(m_flows.next(), m_endings.empty() ? base::never : m_endings.top().at);
}

void stream_policy::advance(femtoseconds now, std::vector<std::uint64_t>& done) {
  m_through.clear();
  m_flows.advance(now, m_through);
  for (const std::uint64_t id : m_through) {
    flow& f = m_flow[id];
    f.activates += f.left * f.activates_per_unit;
    m_endings.push({now + f.startup, m_ended++, id});
    count(f.kind, -1);
  }
  settle(now);
  for (; !m_endings.empty() && m_endings.top().at <= now; m_endings.pop())
    done.push_back(m_endings.top().id);
}

double stream_policy::activates(const base::memory_access& access) const {
  return access.id < m_flow.size() ? m_flow[access.id].activates : m_profile.idle_activates(access);
}

void stream_policy::count(kind_index k, int change) {
  if (k >= m_mix.size())
    m_mix.resize(k + 1, 0);
  m_mix[k] += static_cast<unsigned>(change);
  m_mix_changed = true;
}

/// What each stream gets, and how many rows it opens for it, depends on which streams are in progress.
void stream_policy::settle(femtoseconds now) {
  if (!m_mix_changed)
    return;
  m_mix_changed = false;
  const auto& mix = m_profile.mixed(m_mix);
  m_flows.reshare(now, m_profile.peak() * mix.throughput, [this, &mix](std::uint64_t id, double left) {
    flow& f = m_flow[id];
    f.activates += (f.left - left) * f.activates_per_unit;
    f.left = left;
    if (!f.fits_queue)
      f.activates_per_unit = mix.kinds[f.kind].activates_per_byte * f.efficiency;
    return mix.kinds[f.kind].share / f.efficiency;
  });
}

} // namespace strata::dram
