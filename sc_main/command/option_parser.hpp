// SPDX-License-Identifier: Apache-2.0
// Command lines made of declared parameters: `--name value`, `--name=value`, flags, `--set PATH=VALUE`, positional words; -o is --out,
// -j is --jobs.
#pragma once

#include "models/base/parameter.hpp"

#include <set>
#include <string>
#include <vector>

namespace strata::cli {

/// What a command line holds besides the values that went into the parameters.
struct parsed_options {
  std::vector<std::string> positional;
  std::vector<std::string> set;  ///< "PATH=VALUE" overrides, in order, checked for their form
  std::set<std::string> given;   ///< names of the parameters that were set
  bool help = false;             ///< --help or -h; what follows it was not read
};

/// Reads `arguments` into `options`. Throws base::input_error at "command line" for unknown options (with a
/// suggestion), options given twice, missing or bad values.
parsed_options parse_options(const std::vector<std::string>& arguments, const base::parameter_list& options);

/// One line per option with choices and default; `set_help` describes --set, which is left out where it is empty.
std::string options_help(const base::parameter_list& options, const std::string& set_help);

} // namespace strata::cli
