// SPDX-License-Identifier: Apache-2.0
// `strata microbench`: one memory, or a mesh of cores, by itself under a synthetic load.
#include "sc_main/command/commands.hpp"
#include "sc_main/microbench/fabric_bench.hpp"
#include "sc_main/microbench/microbench.hpp"
#include "sc_main/microbench/microbench_report.hpp"

#include <iostream>

namespace strata::cli {

int microbench_command(const std::vector<std::string>& arguments) {
  if (!arguments.empty() && arguments.front() == "fabric")
    return fabric_bench_command({arguments.begin() + 1, arguments.end()});
  const auto options = parse_microbench_options(arguments);
  if (options.help) {
    std::cout << "strata microbench dram|sram --standard NAME [options]\n"
                 "strata microbench fabric [options]          (see strata microbench fabric --help)\n\n"
                 "Loads one memory and prints bandwidth, read latency, row hits, energy and the speed of simulation.\n\n"
              << microbench_help()
              << "\nExamples:\n"
                 "  strata microbench dram --standard hbm3-6400 --pattern random --outstanding 8\n"
                 "  strata microbench dram --standard ddr4-2400 --trace accesses.txt --json\n"
                 "  strata microbench sram --standard sram-wse3 --pattern mix --access '64 MiB' --requests 100\n";
    return success;
  }
  if (!options.plot.empty())
    require_gnuplot();
  const auto result = run_microbench(options);
  if (!options.plot.empty())
    draw(latency_curve(options, result), options.plot);
  std::cout << (options.as_json ? microbench_document(options, result).dump(2) + "\n" : microbench_text(options, result));
  return success;
}

} // namespace strata::cli
