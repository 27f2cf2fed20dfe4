// SPDX-License-Identifier: Apache-2.0
#include "sc_main/validate/serving_validation.hpp"

#include "platforms/search_path.hpp"
#include "sc_main/command/process_pool.hpp"
#include "sc_main/run/rate_search.hpp"
#include "sc_main/validate/serving_kind.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <thread>

namespace strata::cli {
namespace {

using json = nlohmann::ordered_json;

/// The figures of `kind` and what the run cost.
process_job job_of(const serving_trial& trial, const serving_kind& kind, const simulator& simulate_one) {
  return [options = trial.options, replicas = trial.replicas, &kind, &simulate_one](const std::function<void(double)>&) {
    const run_result r = simulate_one(with_rate_found(options, simulate_one, 1), [](double) {});
    json figures = json::array();
    for (const serving_figure& f : kind.figures)
      figures.push_back(f.of(r, replicas));
    return json{{"figures", figures}, {"simulated_s", r.simulated_s}, {"host_cpu_s", r.host_cpu_s},
                {"rejected", r.latency.rejected}}.dump();
  };
}

validation_result empty_result(const validation_options& o, const serving_kind& kind, const serving_figure& figure) {
  validation_result r;
  r.platform = o.platform;
  r.reference = o.reference;
  r.quantity = figure.name;
  r.unit = figure.unit;
  for (const char* column : kind.columns)
    r.columns.push_back(column);
  return r;
}

/// The first line of a message, without what differs from row to row.
std::string reason(const std::string& message) { return message.substr(0, message.find('\n')); }

} // namespace

serving_validation_result validate_serving(const validation_options& o, const simulator& simulate_one) {
  const serving_kind& kind = *find_serving_kind(o.kind);
  platforms::find_platform(o.platform); // says what is shipped where there is no such platform
  const reference_table table(o.reference, {kind.columns.begin(), kind.columns.end()});
  serving_validation_result result;
  std::vector<serving_trial> trials;
  std::size_t others = 0;
  for (const reference_table::row& row : table.rows()) {
    auto t = kind.trial(table, row, o.platform);
    if (!t) {
      ++others;
    } else if (!t->left_out.empty()) {
      ++result.left_out[t->left_out];
    } else if (t->options.model.empty()) {
      ++result.left_out["the model is not bundled"];
    } else {
      for (const char* column : kind.columns)
        t->shape.push_back(*table.find(row, column));
      t->options.set.insert(t->options.set.end(), o.set.begin(), o.set.end());
      trials.push_back(std::move(*t));
    }
  }
  if (trials.empty()) {
    std::string why;
    for (const auto& [text, rows] : result.left_out)
      why += (why.empty() ? "; left out: " : "; ") + text;
    throw base::input_error({o.reference, 0}, "holds no row of the device of " + o.platform + " that a run reproduces" + why);
  }
  std::vector<process_job> jobs;
  std::vector<const serving_trial*> chosen;
  for (const std::size_t i : evenly_spaced(trials.size(), o.rows)) {
    chosen.push_back(&trials[i]);
    jobs.push_back(job_of(trials[i], kind, simulate_one));
  }
  const process_observer silent{[](std::size_t) {}, [](std::size_t, double) {}, [](std::size_t, const process_outcome&) {}};
  const auto outcomes = run_in_processes(jobs, std::max(1u, std::thread::hardware_concurrency()), silent);
  for (const serving_figure& f : kind.figures) {
    result.figures.push_back(empty_result(o, kind, f));
    result.saturated.push_back(empty_result(o, kind, f));
    result.figures.back().rows_of_other_devices = others;
  }
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    const serving_trial& t = *chosen[i];
    if (outcomes[i].ended == process_outcome::state::failed)
      throw std::runtime_error("a run of " + t.options.model + " on " + o.platform + " failed: " + outcomes[i].text);
    if (outcomes[i].ended == process_outcome::state::bad_input) {
      ++result.left_out[reason(outcomes[i].text)];
      continue;
    }
    const json run = json::parse(outcomes[i].text);
    if (run["rejected"] > 0) {
      ++result.left_out["requests do not fit the KV cache"];
      continue;
    }
    for (std::size_t f = 0; f < kind.figures.size(); ++f) {
      if (t.measured[f] <= 0)
        continue;
      validation_result& into = (t.saturated ? result.saturated : result.figures)[f];
      into.predictions.push_back({t.shape, t.labels, t.measured[f], run["figures"][f].get<double>()});
    }
    ++result.runs;
    result.simulated_s += run["simulated_s"].get<double>();
    result.host_cpu_s += run["host_cpu_s"].get<double>();
  }
  return result;
}

} // namespace strata::cli
