// SPDX-License-Identifier: Apache-2.0
// What commands that make many runs of their own have in common on the command line.
#pragma once

#include "sc_main/command/option_parser.hpp"

#include <string>

namespace strata::cli {

struct many_runs {
  many_runs();
  unsigned jobs; ///< as many as the machine has threads
  void add_to(base::parameter_list& p);
};

[[noreturn]] void reject_option(const std::string& message);

/// Such a command takes options alone: the runs' own settings stand in `where`, "the book".
void reject_settings(const parsed_options& parsed, const std::string& where);

} // namespace strata::cli
