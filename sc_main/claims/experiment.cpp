// SPDX-License-Identifier: Apache-2.0
// Command lines to options, options to processes, results to values.
#include "sc_main/claims/experiment.hpp"

#include "sc_main/command/command_line.hpp"
#include "sc_main/command/log.hpp"
#include "sc_main/command/model_directories.hpp"
#include "sc_main/command/process_pool.hpp"
#include "sc_main/report/report.hpp"
#include "sc_main/run/rate_search.hpp"

#include <boost/program_options/parsers.hpp>
#include <boost/token_functions.hpp>

#include <algorithm>
#include <filesystem>

namespace strata::cli {
namespace {

using state = process_outcome::state;

/// The wanted values of one run, as a JSON list of [value, unit].
process_job job_of(const experiment& e, const simulator& simulate_one) {
  return [&e, &simulate_one](const std::function<void(double)>& progress) {
    const run_options options = with_rate_found(e.options, simulate_one, 1);
    const json document = result_document(options, simulate_one(options, progress));
    std::string failed;
    for (const std::string& name : failed_audits(document))
      failed += (failed.empty() ? "" : ", ") + name;
    if (!failed.empty())
      throw std::runtime_error("audit failed: " + failed);
    json values = json::array();
    base::diagnostics problems;
    for (const std::string& field : e.fields)
      try {
        const figure_value v = figure_at(document, field);
        values.push_back({v.value, to_text(v.unit)});
      } catch (const std::invalid_argument& error) {
        problems.add(e.where, error.what());
      }
    problems.throw_if_any();
    return values.dump();
  };
}

/// `trace`, or where there is no such file here the shipped sample of that name.
std::string sample_or(const std::string& trace) {
  namespace fs = std::filesystem;
  if (!trace.empty() && !fs::exists(trace))
    for (const std::string& models : model_directories())
      if (const fs::path sample = fs::path(models).parent_path() / "samples" / fs::path(trace).filename(); fs::exists(sample))
        return sample.string();
  return trace;
}

std::vector<figure_value> values_of(const std::string& text) {
  std::vector<figure_value> values;
  for (const json& pair : json::parse(text)) {
    figure_value v = parse_figure("1 " + pair.at(1).get<std::string>());
    v.value = pair.at(0).get<double>();
    values.push_back(v);
  }
  return values;
}

} // namespace

experiment read_experiment(const std::string& command, const base::source_location& where) {
  const auto reject = [&where](const std::string& message) { throw base::input_error(where, message); };
  experiment e{command, {}, {}, where};
  try {
    const run_arguments parsed = parse_run_arguments(boost::program_options::split_unix(command));
    if (parsed.help || parsed.platforms.size() != 1)
      reject("'" + command + "' names " + std::to_string(parsed.platforms.size()) + " platforms, expected one and options of `strata run`");
    if (!parsed.options.out.empty() || !parsed.options.perfetto.empty())
      reject("'" + command + "' writes files, expected no --out and no --perfetto");
    e.options = parsed.options;
    e.options.platform = parsed.platforms.front();
    e.options.trace = sample_or(e.options.trace);
  } catch (const base::input_error& error) {
    if (error.problems().front().where.line > 0)
      throw;
    reject("'" + command + "': " + error.problems().front().message);
  } catch (const boost::escaped_list_error& error) {
    reject("'" + command + "': " + error.what() + ", expected quotes as a shell reads them");
  }
  return e;
}

experiment_list::place experiment_list::ask(const experiment& e, const std::string& field) {
  auto run = std::find_if(m_runs.begin(), m_runs.end(), [&e](const experiment& other) { return other.command == e.command; });
  if (run == m_runs.end())
    run = m_runs.insert(run, e);
  auto at = std::find(run->fields.begin(), run->fields.end(), field);
  if (at == run->fields.end())
    at = run->fields.insert(at, field);
  return {static_cast<std::size_t>(run - m_runs.begin()), static_cast<std::size_t>(at - run->fields.begin())};
}

void experiment_list::run(std::size_t at_once, const simulator& simulate_one) {
  std::vector<process_job> jobs;
  for (const experiment& e : m_runs)
    jobs.push_back(job_of(e, simulate_one));
  progress_display display({std::to_string(jobs.size()) + " runs"});
  if (!jobs.empty())
    display.started(0);
  std::size_t ended = 0;
  const auto outcomes = run_in_processes(
      jobs, at_once,
      {[](std::size_t) {}, [](std::size_t, double) {}, [&](std::size_t, const process_outcome&) {
         display.progressed(0, static_cast<double>(++ended) / static_cast<double>(jobs.size()));
       }});
  base::diagnostics problems;
  std::string failures;
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    const experiment& e = m_runs[i];
    if (outcomes[i].ended == state::failed)
      failures += (failures.empty() ? "" : "\n") + ("strata run " + e.command) + ": " + outcomes[i].text;
    else if (outcomes[i].ended == state::bad_input)
      problems.add(e.where, "`strata run " + e.command + "`: " + outcomes[i].text);
    else
      m_values.push_back(values_of(outcomes[i].text));
  }
  if (!jobs.empty())
    display.ended(0, problems.empty() && failures.empty());
  problems.throw_if_any();
  if (!failures.empty())
    throw std::runtime_error(failures);
}

} // namespace strata::cli
