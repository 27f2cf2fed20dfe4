// SPDX-License-Identifier: Apache-2.0
// Flows into the fluid server and out of it, after their start-up time, to the caller.
#include "models/dram/flow_sharing.hpp"

#include <algorithm>

namespace strata::dram {

using base::femtoseconds;
using base::memory_access;

namespace {
femtoseconds tail(const dram_config& c, cycle data) {
  return data * c.clock_period() + base::to_femtoseconds(c.controller_latency);
}
} // namespace

flow_sharing::flow_sharing(const dram_config& c, service_profile& profile)
    : m_profile(profile), m_flows(profile.peak()), m_queue(c.read_queue), m_burst(c.burst_bytes()),
      m_tail{tail(c, timing(c).read_end()), tail(c, timing(c).write_end())} {}

void flow_sharing::start(femtoseconds now, const memory_access& a) {
  const kind_index k = m_profile.kind_of(a);
  const std::uint64_t n = m_profile.lane_bursts(k, a);
  const double e = m_profile.efficiency(k);
  const auto bytes = static_cast<double>(a.stream.bytes);
  const auto startup = m_profile.startup(k, n);
  add(now, a, {k, n < m_queue, e, base::to_femtoseconds(base::duration::of(startup.seconds)), startup.activates,
               (m_profile.idle_activates(a) - startup.activates) * e / bytes, bytes / e});
}

void flow_sharing::go_on(femtoseconds now, const memory_access& a, const burst_engine::work& done) {
  const kind_index k = m_profile.kind_of(a);
  const double e = m_profile.efficiency(k);
  const double left = std::max(0.0, static_cast<double>(a.stream.bytes) - done.bursts * static_cast<double>(m_burst));
  add(now, a, {k, false, e, m_tail[a.write], done.activates, m_profile.activates_per_byte(k) * e, left / e});
}

void flow_sharing::add(femtoseconds now, const memory_access& a, const flow& f) {
  // A short access has no more than the channels it touches.
  double limit = m_profile.peak() * static_cast<double>(a.stream.bytes) /
                 static_cast<double>(m_profile.full_bytes(f.kind, m_profile.lane_bursts(f.kind, a)));
  if (a.stream.rate_limit > 0)
    limit = std::min(limit, a.stream.rate_limit / f.efficiency);
  if (a.id >= m_flow.size())
    m_flow.resize(a.id + 1);
  m_flow[a.id] = f;
  count(f.kind, 1);
  m_flows.add(now, a.id, f.left, limit, 1 / f.efficiency);
  settle(now);
}

femtoseconds flow_sharing::next() const {
  return std::min(m_flows.next(), m_endings.empty() ? base::never : m_endings.top().at);
}

void flow_sharing::advance(femtoseconds now, std::vector<burst_engine::finished>& done) {
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
    done.push_back({m_endings.top().id, m_flow[m_endings.top().id].activates});
}

void flow_sharing::count(kind_index k, int change) {
  if (k >= m_mix.size())
    m_mix.resize(k + 1, 0);
  m_mix[k] += static_cast<unsigned>(change);
  m_mix_changed = true;
}

/// What each stream gets, and how many rows it opens for it, depends on which streams are in progress.
void flow_sharing::settle(femtoseconds now) {
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
