// SPDX-License-Identifier: Apache-2.0
// `strata compare`: the same traffic on several platforms, one process each.
#include "sc_main/command/command_line.hpp"
#include "sc_main/command/commands.hpp"
#include "sc_main/command/log.hpp"
#include "sc_main/command/output_directory.hpp"
#include "sc_main/report/html_report.hpp"
#include "sc_main/run/comparison.hpp"
#include "sc_main/run/rate_search.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <iostream>
#include <optional>
#include <thread>

namespace strata::cli {
namespace {

using state = process_outcome::state;

void print_help() {
  std::cout << "strata compare PLATFORM... --model M TRAFFIC [options]\n\n"
               "Serves the same traffic on every PLATFORM, each simulated in a process of its own, and prints the\n"
               "figures side by side. With --out, every platform gets a folder of results next to comparison.txt,\n"
               "comparison.json, report.md and report.html, the report to look at.\n\n"
            << run_options_help()
            << "\nExample:\n"
               "  strata compare dgx_h100 cs3_llama70b --model llama-3.1-70b --weights fp8 --trace requests.csv \\\n"
               "      --out out/compare\n";
}

std::vector<std::string> folder_names(const std::vector<std::string>& platforms) {
  std::vector<std::string> names;
  for (const auto& platform : platforms) {
    names.push_back(std::filesystem::path(platform).stem().string());
    if (std::count(names.begin(), names.end(), names.back()) > 1)
      throw base::input_error(command_line_location(),
                              "two platforms are called '" + names.back() + "', expected different names");
  }
  return names;
}

process_job job_of(run_options asked, const simulator& simulate_one, const std::filesystem::path& folder) {
  return [asked = std::move(asked), &simulate_one, folder](const std::function<void(double)>& progress) {
    const run_options options = with_rate_found(asked, simulate_one, 1);
    const auto result = simulate_one(options, progress);
    tell_of_rejections(result);
    const auto document = result_document(options, result);
    if (!folder.empty()) {
      std::filesystem::create_directory(folder);
      write_reports(folder, document, result);
    }
    return document.dump();
  };
}

int status_of(const std::vector<compared_platform>& platforms) {
  const auto any = [&](auto&& test) { return std::any_of(platforms.begin(), platforms.end(), test); };
  if (any([](const auto& p) { return p.ended == state::failed; }))
    return internal_failure;
  if (any([](const auto& p) { return p.ended == state::bad_input; }))
    return bad_input;
  return any([](const auto& p) { return !failed_audits(p.result).empty(); }) ? audit_failure : success;
}

} // namespace

int compare_command(const std::vector<std::string>& arguments, const simulator& simulate_one) {
  const auto parsed = parse_run_arguments(arguments);
  set_verbosity(parsed.verbosity);
  if (parsed.help) {
    print_help();
    return success;
  }
  if (parsed.platforms.empty())
    throw base::input_error(command_line_location(), "no platform given, expected one or more");
  if (!parsed.options.perfetto.empty())
    throw base::input_error(command_line_location(), "--perfetto: the file would hold several platforms, expected it with `strata run`");
  const auto names = folder_names(parsed.platforms);
  std::optional<output_directory> output;
  if (!parsed.options.out.empty())
    output.emplace(parsed.options.out, "comparison.json");

  std::vector<process_job> jobs;
  for (std::size_t i = 0; i < names.size(); ++i) {
    run_options options = parsed.options;
    options.platform = parsed.platforms[i];
    jobs.push_back(job_of(std::move(options), simulate_one, output ? output->path() / names[i] : ""));
  }
  std::vector<compared_platform> platforms;
  {
    progress_display display(names);
    const auto outcomes = run_in_processes(
        jobs, std::max(1u, std::thread::hardware_concurrency()),
        {[&](std::size_t i) { display.started(i); }, [&](std::size_t i, double done) { display.progressed(i, done); },
         [&](std::size_t i, const process_outcome& o) { display.ended(i, o.ended == state::finished); }});
    for (std::size_t i = 0; i < names.size(); ++i) {
      const bool finished = outcomes[i].ended == state::finished;
      platforms.push_back({names[i], outcomes[i].ended, finished ? "" : outcomes[i].text,
                           finished ? json::parse(outcomes[i].text) : json()});
    }
  }
  const std::string text = comparison_text(platforms);
  std::cout << text << std::flush;
  if (output) {
    write_file(output->path() / "comparison.txt", text);
    write_file(output->path() / "comparison.json", comparison_document(platforms).dump(2) + "\n");
    write_file(output->path() / "report.md", comparison_report(platforms));
    std::vector<json> results;
    for (const auto& p : platforms)
      if (p.ended == state::finished)
        results.push_back(p.result);
    if (!results.empty())
      write_file(output->path() / "report.html", html_report(results));
    output->commit();
    spdlog::info("results are in {}", parsed.options.out);
  }
  for (const auto& p : platforms) {
    if (p.ended != state::finished)
      log_error(p.ended == state::bad_input ? p.error : p.name + ": " + p.error);
    else
      for (const auto& name : failed_audits(p.result))
        log_error(p.name + ": audit '" + name + "' failed");
  }
  return status_of(platforms);
}

} // namespace strata::cli
