// SPDX-License-Identifier: Apache-2.0
// Command line of `strata microbench`: one memory, a pattern or a trace, how hard to load it.
#pragma once

#include "models/base/parameter.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace strata::cli {

enum class bench_memory { dram, sram };
enum class bench_fidelity { burst, stream };
enum class bench_pattern { seq, seq_columns, random, stride, mix, two_stream, row_miss };

struct microbench_options {
  bench_memory memory = bench_memory::dram;
  std::vector<std::string> set;    ///< "NAME=VALUE" overrides, in order

  std::string standard;            ///< technology, or path of its file
  bench_pattern pattern = bench_pattern::seq;
  std::string trace;               ///< file; empty = a pattern
  std::uint64_t requests = 0;      ///< 0 = the whole trace, or default_requests of a pattern
  std::uint64_t outstanding = 0;   ///< 0 = as fast as the queues take them; of streams, one
  double reads = 1;                ///< share
  std::uint64_t stride = 4096;     ///< bytes
  base::bytes access;              ///< of a stream
  std::uint64_t seed = 1;
  bench_fidelity fidelity = bench_fidelity::burst;
  bool as_json = false;
  std::string plot;                ///< SVG file; empty = none
  bool help = false;

  static constexpr std::uint64_t default_requests = 200000;
  /// Loaded burst by burst, else by streams of `access` bytes.
  bool by_burst() const { return memory == bench_memory::dram && fidelity == bench_fidelity::burst; }

  microbench_options();
  /// The declared options, bound to this object.
  base::parameter_list parameters();
};

/// Reads the arguments after the command. Throws base::input_error at "command line" for unknown options (with a
/// suggestion), bad values, and options that mean nothing together. Nothing is checked where --help is given.
microbench_options parse_microbench_options(const std::vector<std::string>& arguments);

std::string microbench_help();

} // namespace strata::cli
