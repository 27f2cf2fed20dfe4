// SPDX-License-Identifier: Apache-2.0
// `strata run`: one platform in this process.
#include "sc_main/command/command_line.hpp"
#include "sc_main/command/commands.hpp"
#include "sc_main/command/log.hpp"
#include "sc_main/command/output_directory.hpp"
#include "sc_main/report/report.hpp"
#include "sc_main/run/rate_search.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <iostream>
#include <optional>
#include <thread>

namespace strata::cli {
namespace {

void print_help() {
  std::cout << "strata run PLATFORM --model M TRAFFIC [options]\n\n"
               "Simulates PLATFORM, a shipped name or the path of a netlist, and prints latency, throughput, energy,\n"
               "phases, components and audits.\n\n"
            << run_options_help()
            << "\nExamples:\n"
               "  strata run dgx_h100 --model llama-3.1-70b --weights fp8 --batch 8 --prompt 1024 --output 128\n"
               "  strata run h100 --model llama-3.1-8b --trace requests.csv --requests 100 --out out/h100\n"
               "  strata run dgx_h100 --model llama-3.1-70b --generate --rate 2 --requests 500 --fidelity step \\\n"
               "      --set 'gpu[*].hbm.channels=40'\n";
}

} // namespace

int run_command(const std::vector<std::string>& arguments, const std::string& default_platform,
                const simulator& simulate_one) {
  auto parsed = parse_run_arguments(arguments);
  set_verbosity(parsed.verbosity);
  if (parsed.help) {
    print_help();
    return success;
  }
  if (parsed.platforms.empty() && !default_platform.empty())
    parsed.platforms.push_back(default_platform);
  if (parsed.platforms.size() != 1)
    throw base::input_error(command_line_location(), std::to_string(parsed.platforms.size()) +
                            " platforms given, expected one (`strata compare` takes several)");
  auto& options = parsed.options;
  options.platform = parsed.platforms.front();

  std::optional<output_directory> output;
  if (!options.out.empty())
    output.emplace(options.out, "result.json");
  options = with_rate_found(options, simulate_one, std::max(1u, std::thread::hardware_concurrency()));
  run_result result;
  {
    progress_display display({options.platform});
    display.started(0);
    result = simulate_one(options, [&](double done) { display.progressed(0, done); });
    display.ended(0, true);
  }
  tell_of_rejections(result);
  const auto document = result_document(options, result);
  std::cout << report_text(document, text_form::terminal) << std::flush;
  if (output) {
    write_reports(output->path(), document, result);
    output->commit();
    spdlog::info("results are in {}", options.out);
  }
  const auto failed = failed_audits(document);
  for (const auto& name : failed)
    log_error("audit '" + name + "' failed");
  return failed.empty() ? success : audit_failure;
}

} // namespace strata::cli
