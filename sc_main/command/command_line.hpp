// SPDX-License-Identifier: Apache-2.0
// From argv to run_options: parsing with Boost.Program_options, errors that say what was expected, help text.
#pragma once

#include "models/base/diagnostic.hpp"
#include "sc_main/run/run_options.hpp"

#include <string>
#include <vector>

namespace strata::cli {

/// Arguments of `run` and `compare`.
struct run_arguments {
  run_options options;                ///< `platform` is left empty
  std::vector<std::string> platforms; ///< positional arguments, in order
  int verbosity = 0;                  ///< -v counts up, -q down
  bool help = false;
};

/// Reads the arguments after the command. Throws base::input_error at "command line" for unknown options (with a
/// suggestion), bad values, and traffic options that contradict each other. Nothing is checked where --help is given.
run_arguments parse_run_arguments(const std::vector<std::string>& arguments);

/// Options of `run` and `compare` with units, ranges and defaults.
std::string run_options_help();

/// Where the diagnostics of this file point to.
base::source_location command_line_location();

} // namespace strata::cli
