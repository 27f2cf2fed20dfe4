// SPDX-License-Identifier: Apache-2.0
#include "sc_main/run/rate_search.hpp"

#include "models/base/diagnostic.hpp"
#include "sc_main/command/process_pool.hpp"

#include <nlohmann/json.hpp>
#include <spdlog/spdlog.h>

#include <cmath>

namespace strata::cli {

namespace {

using json = nlohmann::json;
constexpr unsigned rates_of_a_round = 3;
constexpr double near_enough = 1.01, least_share = 1.0 / 64;

/// What the search needs of a run.
std::string figures_of(const run_result& r) {
  json figures{{"rate", static_cast<double>(r.latency.completed) / r.simulated_s}, {"kept", false}};
  if (!r.classes.empty()) {
    const class_result& c = r.classes.front();
    figures["ttft"] = c.latency.ttft.p99;
    figures["tpot"] = c.latency.tpot.p99;
    figures["kept"] = c.latency.rejected == 0 && c.latency.ttft.p99 <= c.objectives.ttft_s && c.latency.tpot.p99 <= c.objectives.tpot_s;
  }
  return figures.dump();
}

std::vector<json> run_all(const std::vector<run_options>& runs, const simulator& simulate_one, std::size_t at_once) {
  std::vector<process_job> jobs;
  for (const run_options& o : runs)
    jobs.push_back([&o, &simulate_one](const std::function<void(double)>& progress) { return figures_of(simulate_one(o, progress)); });
  const process_observer silent{[](std::size_t) {}, [](std::size_t, double) {}, [](std::size_t, const process_outcome&) {}};
  std::vector<json> figures;
  for (const process_outcome& outcome : run_in_processes(jobs, at_once, silent)) {
    if (outcome.ended == process_outcome::state::bad_input)
      throw base::input_error({}, outcome.text);
    if (outcome.ended == process_outcome::state::failed)
      throw std::runtime_error(outcome.text);
    figures.push_back(json::parse(outcome.text));
  }
  return figures;
}

} // namespace

double highest_rate(double start, const rate_trials& kept) {
  double low = 0, high = 0; // the highest that is kept, the lowest that is not; 0: none is known
  for (double rate = start; high == 0 || low == 0; rate = high == 0 ? rate * 1.25 : rate / 2) {
    if (rate < start * least_share)
      return 0;
    (kept({rate}).front() ? low : high) = rate;
  }
  while (high > low * near_enough) {
    std::vector<double> rates;
    for (unsigned i = 1; i <= rates_of_a_round; ++i)
      rates.push_back(low * std::pow(high / low, double(i) / (rates_of_a_round + 1)));
    const std::vector<bool> answers = kept(rates);
    for (unsigned i = 0; i < rates_of_a_round; ++i) {
      if (!answers[i]) {
        high = rates[i];
        break;
      }
      low = rates[i];
    }
  }
  return low;
}

run_options with_rate_found(run_options o, const simulator& simulate_one, std::size_t at_once) {
  if (!o.search_rate)
    return o;
  run_options all_at_once = o;
  all_at_once.scenario = traffic::scenario::offline;
  o.search_rate = false;
  const double start = run_all({all_at_once}, simulate_one, 1).front().at("rate").get<double>();
  spdlog::info("offline: {:.4g} requests/s", start);
  o.rate = highest_rate(start, [&](const std::vector<double>& rates) {
    std::vector<run_options> runs(rates.size(), o);
    for (std::size_t i = 0; i < rates.size(); ++i)
      runs[i].rate = rates[i];
    std::vector<bool> kept;
    for (const json& f : run_all(runs, simulate_one, at_once)) {
      spdlog::info("{:.4g} requests/s: p99 of TTFT {:.3g} s, of TPOT {:.3g} s{}", rates[kept.size()], f.at("ttft").get<double>(),
                   f.at("tpot").get<double>(), f.at("kept").get<bool>() ? "" : ", not kept");
      kept.push_back(f.at("kept").get<bool>());
    }
    return kept;
  });
  if (o.rate == 0)
    throw base::input_error({}, "no rate above a 64th of the offline one keeps the latencies of --scenario, expected other options or --rate");
  return o;
}

} // namespace strata::cli
