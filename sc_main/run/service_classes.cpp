// SPDX-License-Identifier: Apache-2.0
#include "sc_main/run/service_classes.hpp"

namespace strata::cli {

std::vector<traffic::service_objectives> objectives_of(const std::vector<traffic::service_class>& classes, const run_options& o) {
  std::vector<traffic::service_objectives> objectives;
  for (const traffic::service_class& c : classes)
    objectives.push_back({c.ttft_s.value_or(o.slo_ttft), c.tpot_s.value_or(o.slo_tpot)});
  if (objectives.empty())
    objectives.push_back({o.slo_ttft, o.slo_tpot});
  return objectives;
}

request_account::request_account(const std::vector<traffic::service_class>& classes, std::vector<traffic::service_objectives> objectives)
    : m_classes(classes), m_objectives(std::move(objectives)), m_all{{}, traffic::service_account(m_objectives)},
      m_groups(m_classes.size(), m_all) {}

void request_account::add(const traffic::request_record& r) {
  m_all.latency.add(r);
  m_all.levels.add(r);
  if (!m_groups.empty()) {
    m_groups[r.service].latency.add(r);
    m_groups[r.service].levels.add(r);
  }
  if (!r.rejected)
    m_residence_s += r.end_to_end_s();
  else if (!m_largest_rejected || r.shortfall_tokens > m_largest_rejected->shortfall_tokens)
    m_largest_rejected = r;
}

std::vector<class_result> request_account::classes(double elapsed_s) const {
  std::vector<class_result> results;
  for (std::size_t c = 0; c < m_groups.size(); ++c)
    results.push_back({m_classes[c].name, m_objectives[c], m_groups[c].latency.summary(elapsed_s), m_groups[c].levels.levels()});
  return results;
}

} // namespace strata::cli
