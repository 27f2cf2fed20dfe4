// SPDX-License-Identifier: Apache-2.0
// From the first argument to a command, and from exceptions to error lines and exit status.
#include "sc_main/command/command_line.hpp"
#include "sc_main/command/commands.hpp"
#include "sc_main/command/log.hpp"
#include "sc_main/microbench/microbench.hpp"

#include <iostream>

namespace strata::cli {
namespace {

void print_help(const std::string& default_platform) {
  std::cout << "Strata " STRATA_VERSION ", a virtual platform of LLM-inference hardware\n\n"
               "  strata run PLATFORM --model M TRAFFIC      simulate one platform\n"
               "  strata compare PLATFORM... --model M TRAFFIC\n"
               "                                             the same traffic on several, side by side\n"
               "  strata claims [--only ID] [--out FILE.md]  experiments that settle claims on inference hardware\n"
               "  strata shift [--html FILE.html]            who serves cheapest, by how long users wait\n"
               "  strata report FOLDER... [--out FILE.html]  one HTML page of results\n"
               "  strata list platforms|models|components    what is shipped\n"
               "  strata describe PLATFORM|COMPONENT [--markdown]\n"
               "                                             parameters with units, sources and confidence\n"
               "  strata describe WAFER --model M --floorplan F.svg\n"
               "                                             where the layers lie, what a token's way costs\n"
               "  strata datasheets FOLDER                   write one datasheet per component\n"
               "  strata trace FILE                          tokens, gaps and shared prefixes of a trace\n"
               "  strata microbench dram|sram --standard S   load one memory by itself\n"
               "  strata microbench fabric --pattern P       traffic or collectives on a mesh of cores\n"
               "  strata kernel --platform P --op KIND       time and energy of one kernel by itself\n"
               "  strata validate --kind KIND --platform P --reference FILE\n"
               "                                             kernels or serving against measurements\n\n"
               "PLATFORM is a shipped name or the path of a netlist.\n";
  if (!default_platform.empty())
    std::cout << "This executable takes PLATFORM to be " << default_platform
              << " where none is given, and `run` to be the command.\n";
  std::cout << "\nExamples:\n"
               "  strata run dgx_h100 --model llama-3.1-70b --weights fp8 --batch 8 --prompt 1024 --output 128\n"
               "  strata compare dgx_h100 cs3_llama70b --model llama-3.1-70b --weights fp8 --trace requests.csv\n"
               "  strata describe dgx_h100\n\n"
               "`strata run --help` lists the options of run and compare.\n"
               "Results go to stdout, messages to stderr. Exit status: 0 success, 1 internal error, 2 bad input,\n"
               "3 the run broke one of its own audits.\n";
}

int run_named(const std::string& name, const std::vector<std::string>& arguments, const std::string& default_platform,
              const simulator& simulate_one) {
  static const std::vector<std::string> names{"run", "compare", "report", "list", "describe", "datasheets", "trace", "microbench",
                                              "kernel", "validate", "claims", "shift"};
  if (name == "run")
    return run_command(arguments, default_platform, simulate_one);
  if (name == "compare")
    return compare_command(arguments, simulate_one);
  if (name == "claims")
    return claims_command(arguments, simulate_one);
  if (name == "shift")
    return shift_command(arguments, simulate_one);
  if (name == "report")
    return report_command(arguments);
  if (name == "list")
    return list_command(arguments);
  if (name == "describe")
    return describe_command(arguments, default_platform);
  if (name == "datasheets")
    return datasheets_command(arguments);
  if (name == "trace")
    return trace_command(arguments);
  if (name == "microbench")
    return microbench_command(arguments);
  if (name == "kernel")
    return kernel_command(arguments, default_platform);
  if (name == "validate")
    return validate_command(arguments, default_platform, simulate_one);
  throw base::input_error(command_line_location(), "unknown command '" + name + "'" + base::did_you_mean(name, names) +
                          ", expected run, compare, report, list, describe, trace, microbench, kernel, validate, claims, shift or datasheets");
}

int choose(const std::vector<std::string>& arguments, const std::string& default_platform,
           const simulator& simulate_one) {
  const std::string first = arguments.empty() ? "" : arguments.front();
  if (first == "--help" || first == "-h" || first == "help" || (first.empty() && default_platform.empty())) {
    print_help(default_platform);
    return first.empty() ? bad_input : success;
  }
  if (first == "--version") {
    std::cout << "strata " STRATA_VERSION "\n";
    return success;
  }
  if (!default_platform.empty() && (first.empty() || first.front() == '-'))
    return run_command(arguments, default_platform, simulate_one);
  return run_named(first, {arguments.begin() + 1, arguments.end()}, default_platform, simulate_one);
}

} // namespace

int dispatch(const std::vector<std::string>& arguments, const std::string& default_platform,
             const simulator& simulate_one) {
  set_verbosity(0);
  try {
    const int status = choose(arguments, default_platform, simulate_one);
    if (!std::cout.flush())
      throw std::runtime_error("results could not be written to stdout");
    return status;
  } catch (const base::input_error& e) {
    log_error(e.what());
    return bad_input;
  } catch (const std::exception& e) {
    log_error(std::string("internal: ") + e.what());
    return internal_failure;
  }
}

} // namespace strata::cli
