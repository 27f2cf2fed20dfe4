// SPDX-License-Identifier: Apache-2.0
#include "traffic/requests/tool_cores.hpp"

#include "traffic/requests/sampler.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace strata::traffic {

tool_cores::tool_cores(tool_config config) : m_config(std::move(config)) {
  if (!(m_config.speed > 0) || m_config.cores_per_call == 0)
    throw std::invalid_argument("tools need cores of some speed");
  for (unsigned i = 0; i < m_config.cores; ++i)
    m_free.push(0);
}

double tool_cores::share_of(std::uint64_t call) const {
  if (m_config.cores == 0)
    return 0;
  if (!m_config.whole_calls)
    return m_config.cpu_share;
  constexpr std::uint64_t odd = 0x9E3779B97F4A7C15; // spreads neighbouring calls over the generator's seeds
  return sampler(m_config.seed * odd + call).uniform() < m_config.cpu_share ? 1 : 0;
}

std::int64_t tool_cores::run(std::uint64_t call, std::int64_t recorded_ps, std::int64_t now) {
  const std::int64_t computing = std::llround(static_cast<double>(recorded_ps) * share_of(call));
  const std::int64_t outside = recorded_ps - computing;
  if (computing == 0)
    return now + outside;
  const unsigned cores = std::min(m_config.cores_per_call, m_config.cores);
  std::int64_t begin = now;
  for (unsigned i = 0; i < cores; ++i) {
    begin = std::max(begin, m_free.top());
    m_free.pop();
  }
  const std::int64_t end = begin + std::llround(static_cast<double>(computing) / m_config.speed);
  for (unsigned i = 0; i < cores; ++i)
    m_free.push(end);
  const double core_s = static_cast<double>(end - begin) * 1e-12 * cores;
  ++m_statistics.calls;
  m_statistics.queued_s += static_cast<double>(begin - now) * 1e-12;
  m_statistics.core_s += core_s;
  if (m_config.on_run)
    m_config.on_run(begin, end, core_s);
  return end + outside;
}

} // namespace strata::traffic
