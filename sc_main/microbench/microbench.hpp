// SPDX-License-Identifier: Apache-2.0
// One memory under one load, without the SystemC kernel: bandwidth, read latency, row hits, energy by part.
#pragma once

#include "models/dram/config.hpp"
#include "models/sram/config.hpp"
#include "sc_main/microbench/microbench_options.hpp"

#include "traffic/requests/quantile_sketch.hpp"

#include <string>
#include <utility>
#include <vector>

namespace strata::cli {

/// At one number outstanding. What does not exist (row hits of streams, latency without reads) is NaN.
struct microbench_point {
  std::uint64_t outstanding = 0;          ///< 0 = as fast as the queues take them
  std::uint64_t requests = 0;
  double elapsed_s = 0;                   ///< until the last data
  double bandwidth_B_per_s = 0;
  traffic::distribution read_latency;     ///< s
  double read_latency_max_s = 0;
  double row_hit_rate = 0;                ///< 1 - rows opened / bursts
  std::vector<std::pair<std::string, double>> energy; ///< J by part
  double cpu_s = 0;                       ///< of this machine
};

struct microbench_result {
  std::string file;                       ///< of the technology
  double peak_B_per_s = 0;                ///< of the directions used
  double bits_per_request = 0;
  microbench_point loaded;
  std::vector<microbench_point> curve;    ///< for --plot: 1, 2, 4 ... outstanding
  std::vector<std::pair<std::string, std::string>> configuration; ///< effective parameters of the memory
};

/// Throws base::input_error.
microbench_result run_microbench(const microbench_options& options);

struct standard_memory {
  std::string file;
  dram::dram_config dram; ///< where --standard is a dram_controller
  sram::sram_config sram; ///< where it is an sram_tile
  std::vector<std::pair<std::string, std::string>> parameters; ///< as they are after all
};
/// The technology that --standard names, with what --pattern, --set and --fidelity make of it. Throws base::input_error.
standard_memory load_standard(const microbench_options& options);

/// The command `microbench`: its exit status, see commands.hpp.
int microbench_command(const std::vector<std::string>& arguments);

} // namespace strata::cli
