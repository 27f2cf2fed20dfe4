// SPDX-License-Identifier: Apache-2.0
#include "sc_main/run/full_load.hpp"

namespace strata::cli {

void full_load::look(std::uint64_t answered, std::int64_t now, const std::vector<traffic::pool_phases>& pools) {
  if (!m_begin && answered >= m_places)
    m_begin = counted(now, pools);
  if (m_begin && !m_end && answered + m_places >= m_requests)
    m_end = counted(now, pools);
}

std::optional<full_load_result> full_load::result(const ledger& meters) const {
  if (!m_end || m_end->tokens == m_begin->tokens)
    return std::nullopt;
  full_load_result r;
  r.time_s = static_cast<double>(m_end->at - m_begin->at) * 1e-12;
  r.output_tokens = m_end->tokens - m_begin->tokens;
  std::vector<double> done = m_end->meters;
  for (std::size_t i = 0; i < done.size(); ++i)
    done[i] -= m_begin->meters[i];
  r.components = meters.components(done, r.time_s);
  return r;
}

full_load::counts full_load::counted(std::int64_t now, const std::vector<traffic::pool_phases>& pools) {
  counts c{now, 0, {}};
  for (const traffic::pool_phases& pool : pools)
    for (const traffic::phase_totals& p : pool) {
      c.tokens += p.tokens;
      c.meters.resize(p.meters.size());
      for (std::size_t i = 0; i < p.meters.size(); ++i)
        c.meters[i] += p.meters[i];
    }
  return c;
}

} // namespace strata::cli
