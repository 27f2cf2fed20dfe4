// SPDX-License-Identifier: Apache-2.0
#include "sc_main/run/service_classes.hpp"

#include <algorithm>
#include <iterator>

namespace strata::cli {

std::vector<traffic::service_objectives> objectives_of(const std::vector<traffic::service_class>& classes, const run_options& o) {
  std::vector<traffic::service_objectives> objectives;
  for (const traffic::service_class& c : classes)
    objectives.push_back({c.ttft_s.value_or(o.slo_ttft), c.tpot_s.value_or(o.slo_tpot)});
  if (objectives.empty())
    objectives.push_back({o.slo_ttft, o.slo_tpot});
  return objectives;
}

std::vector<class_result> class_results(const std::vector<traffic::service_class>& classes, const std::vector<traffic::service_objectives>& objectives,
                                        const std::vector<traffic::request_record>& records, double elapsed_s) {
  std::vector<class_result> results;
  for (std::size_t c = 0; c < classes.size(); ++c) {
    std::vector<traffic::request_record> own;
    std::copy_if(records.begin(), records.end(), std::back_inserter(own), [c](const traffic::request_record& r) { return r.service == c; });
    results.push_back({classes[c].name, objectives[c], traffic::summarise(own, elapsed_s), traffic::judge(own, objectives)});
  }
  return results;
}

} // namespace strata::cli
