// SPDX-License-Identifier: Apache-2.0
#include "sc_main/validate/ablation.hpp"

#include "models/base/diagnostic.hpp"
#include "sc_main/command/number_text.hpp"
#include "sc_main/command/process_pool.hpp"
#include "sc_main/command/text_table.hpp"
#include "sc_main/validate/validation_report.hpp"

#include <algorithm>
#include <thread>

namespace strata::cli {
namespace {

using json = nlohmann::ordered_json;

error_statistics statistics_in(const json& d) {
  error_statistics s;
  s.n = d.at("n");
  s.mean_absolute = d.at("mean_absolute");
  s.median_absolute = d.at("median_absolute");
  s.p90_absolute = d.at("p90_absolute");
  s.bias = d.at("bias");
  return s;
}

std::string joined(const std::vector<std::string>& texts) {
  std::string all;
  for (const std::string& t : texts)
    all += (all.empty() ? "" : ", ") + t;
  return all;
}

} // namespace

const std::vector<mechanism>& mechanisms() {
  static const std::vector<mechanism> table{
      {"launch latency", {"*.core.launch_latency=0 s"}},
      {"fill latency", {"*.core.fill_latency=0 s"}},
      {"launch under the kernel before", {"*.core.launch_overlap=0 s"}},
      {"first loads from memory", {"*.core.memory_ramp=0 s"}},
      {"last-level cache", {"*.core.cache_capacity=0 B"}},
      {"split of K", {"*.core.max_split=1"}},
      {"whole waves of tiles (quantisation)", {"*.core.stream_k=true"}},
      {"latency of a 4-bit step along K", {"*.core.fp4_step_latency=0 s"}},
      {"rate of stores", {"*.core.store_bandwidth=1 PB/s"}},
      {"power limit", {"*.core.power_limit=0 W"}},
      {"refresh of memory", {"*.hbm.refresh=none"}},
      {"rows, banks and turns of memory",
       {"*.hbm.refresh=none", "*.hbm.t_rcd_read=1 ps", "*.hbm.t_rp=1 ps", "*.hbm.t_ras=1 ps", "*.hbm.t_rc=1 ps", "*.hbm.t_faw=1 ps",
        "*.hbm.t_rrd_s=1 ps", "*.hbm.t_rrd_l=1 ps", "*.hbm.t_ccd_l=2 ck", "*.hbm.t_rtw=1 ps", "*.hbm.t_wtr_s=1 ps", "*.hbm.t_wtr_l=1 ps"}},
  };
  return table;
}

std::vector<ablation> ablate(const validation_options& options) {
  std::vector<ablation> variants{{}};
  for (const mechanism& m : mechanisms())
    variants.push_back({m.name, m.off, {}});
  std::vector<process_job> jobs;
  for (const ablation& v : variants)
    jobs.push_back([&options, &v](const std::function<void(double)>&) {
      validation_options o = options;
      o.set.insert(o.set.end(), v.off.begin(), v.off.end());
      return validation_document(validate(o)).at("all").dump();
    });
  const auto nothing = [](std::size_t, auto&&...) {};
  const auto outcomes = run_in_processes(jobs, std::max(1u, std::thread::hardware_concurrency()), {nothing, nothing, nothing});
  for (std::size_t i = 0; i < variants.size(); ++i) {
    if (outcomes[i].ended == process_outcome::state::bad_input)
      throw base::input_error({}, outcomes[i].text);
    if (outcomes[i].ended == process_outcome::state::failed)
      throw std::runtime_error(outcomes[i].text);
    variants[i].all = statistics_in(json::parse(outcomes[i].text));
  }
  return variants;
}

std::string ablation_text(const std::vector<ablation>& variants) {
  using align = text_table::align;
  text_table table({{"without", align::left}, {"mean |error|"}, {"bias"}, {"p90 |error|"}, {"", align::left}});
  for (const ablation& v : variants)
    table.add({v.name.empty() ? "(nothing switched off)" : v.name, percent(v.all.mean_absolute), percent(v.all.bias),
               percent(v.all.p90_absolute), joined(v.off)});
  return table.text(120);
}

json ablation_document(const std::vector<ablation>& variants) {
  json list = json::array();
  for (const ablation& v : variants)
    list.push_back({{"without", v.name}, {"set", v.off}, {"n", v.all.n}, {"mean_absolute", v.all.mean_absolute},
                    {"median_absolute", v.all.median_absolute}, {"p90_absolute", v.all.p90_absolute}, {"bias", v.all.bias}});
  return list;
}

} // namespace strata::cli
