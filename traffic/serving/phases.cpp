// SPDX-License-Identifier: Apache-2.0
#include "traffic/serving/phases.hpp"

namespace strata::traffic {

phase phase_of(const step_shape& s) {
  if (s.prefill_tokens == 0)
    return phase::decode;
  return s.decode_sequences == 0 ? phase::prefill : phase::mixed;
}

phase_account::phase_account(const std::vector<unsigned>& engines) : m_engines(engines), m_pools(engines.size()) {
  for (unsigned pool = 0; pool < engines.size(); ++pool)
    m_pool_of.insert(m_pool_of.end(), engines[pool], pool);
  m_accounted.assign(m_pool_of.size(), 0);
}

void phase_account::count_meters(std::vector<unsigned> replicas) {
  m_replicas = std::move(replicas);
  const std::size_t meters = m_replicas.size();
  m_share.assign(meters, 0.0);
  for (pool_phases& pool : m_pools)
    for (phase_totals& p : pool)
      p.meters.assign(meters, 0.0);
}

void phase_account::worked(unsigned pool, phase p, std::int64_t from, std::int64_t to, const std::vector<double>& change) {
  std::vector<double>& meters = m_pools[pool][static_cast<unsigned>(p)].meters;
  for (std::size_t i = 0; i < change.size(); ++i) {
    m_share[i] = change[i] / m_replicas[i];
    meters[i] += m_share[i];
  }
  if (on_work)
    on_work(from, to, m_share);
}

void phase_account::passed(unsigned engine, phase p, std::int64_t until, std::optional<std::uint32_t> outputs) {
  const unsigned pool = pool_of(engine);
  phase_totals& t = m_pools[pool][static_cast<unsigned>(p)];
  std::int64_t& accounted = m_accounted[engine];
  t.time_s += static_cast<double>(until - accounted) * 1e-12 / m_engines[pool];
  if (on_phase && until > accounted)
    on_phase(engine, accounted, until, p);
  accounted = until;
  if (outputs) {
    ++t.steps;
    t.tokens += *outputs;
  }
}

} // namespace strata::traffic
