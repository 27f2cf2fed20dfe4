// SPDX-License-Identifier: Apache-2.0
// A platform's serving against measured serving: every row of a reference file as a run of its own, in parallel
// processes.
#pragma once

#include "sc_main/command/commands.hpp"
#include "sc_main/validate/validation.hpp"

#include <map>

namespace strata::cli {

struct serving_validation_result {
  std::vector<validation_result> figures;      ///< one by figure of the kind, rows that were not saturated
  std::vector<validation_result> saturated;    ///< likewise, those that were
  std::map<std::string, std::size_t> left_out; ///< why -> rows
  std::size_t runs = 0;
  double simulated_s = 0, host_cpu_s = 0;      ///< of all runs; the latter differs from time to time
};

/// Must be called before anything of SystemC is elaborated. Throws base::input_error where the file is in error.
serving_validation_result validate_serving(const validation_options& options, const simulator& simulate_one);

} // namespace strata::cli
