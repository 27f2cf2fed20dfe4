// SPDX-License-Identifier: Apache-2.0
// A mesh of cores by itself: load and latency of packets, or collectives word by word, at stream level and by the
// published model.
#pragma once

#include "models/base/mesh_collective.hpp"
#include "models/fabric/colour_mesh.hpp"
#include "models/fabric/energy.hpp"
#include "models/fabric/mesh_load.hpp"
#include "sc_main/microbench/microbench_report.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace strata::cli {

struct fabric_bench_options {
  /// What runs: packets, or a collective.
  struct pattern_kind {
    std::optional<fabric::traffic_pattern> traffic;
    base::collective collective = base::collective::reduce;
    friend bool operator==(const pattern_kind& a, const pattern_kind& b) { return a.traffic == b.traffic && a.collective == b.collective; }
  };
  pattern_kind pattern{fabric::traffic_pattern::uniform, {}};
  unsigned width = 0, height = 0;  ///< 0: 8 by 8 for packets; for collectives one row of up to 750
  // packets
  fabric::packet_mesh_config router;
  double injection = 0;            ///< flits per core and cycle; 0 = a curve up to saturation
  unsigned flits = 1;
  std::uint64_t cycles = 10000, warm_up = 3000, seed = 1;
  // collectives
  base::reduce_algorithm algorithm = base::reduce_algorithm::auto_gen;
  base::bytes vector_bytes;        ///< of each core; 0 = a table of sizes and widths
  fabric::colour_mesh_config wavelets;
  base::frequency clock;
  fabric::energy_config energy;

  bool as_json = false;
  std::string plot;
  bool help = false;

  fabric_bench_options();
  base::parameter_list parameters();
  bool packets() const { return pattern.traffic.has_value(); }
};

/// Throws base::input_error at "command line".
fabric_bench_options parse_fabric_bench_options(const std::vector<std::string>& arguments);
std::string fabric_bench_help();

/// A table whose columns carry units; what does not exist is NaN.
struct fabric_bench_result {
  struct column {
    std::string name, unit;
  };
  std::vector<column> columns;
  std::vector<std::vector<double>> rows;
  std::vector<std::pair<column, double>> summary; ///< beneath the table
  std::vector<std::pair<column, double>> host;    ///< what it cost on this machine
};
fabric_bench_result run_fabric_bench(const fabric_bench_options& options);

json fabric_bench_document(const fabric_bench_options& options, const fabric_bench_result& result);
std::string fabric_bench_text(const fabric_bench_options& options, const fabric_bench_result& result);

/// The command `microbench fabric`: its exit status, see commands.hpp.
int fabric_bench_command(const std::vector<std::string>& arguments);

} // namespace strata::cli
