// SPDX-License-Identifier: Apache-2.0
// The commands of the executable. Each takes the arguments after its name and returns an exit status; bad input is
// thrown as base::input_error.
#pragma once

#include "sc_main/run/simulation.hpp"

#include <functional>
#include <string>
#include <vector>

namespace strata::cli {

enum exit_status { success = 0, internal_failure = 1, bad_input = 2, audit_failure = 3 };

/// simulate(), or what a test puts in its place.
using simulator = std::function<run_result(const run_options&, const progress_callback&)>;

/// `default_platform` stands in where no PLATFORM is given; "" = one must be given.
int run_command(const std::vector<std::string>& arguments, const std::string& default_platform,
                const simulator& simulate_one);
/// Must be called before anything of SystemC is elaborated: it forks one process per platform.
int compare_command(const std::vector<std::string>& arguments, const simulator& simulate_one);

/// Likewise, one process per run of the claims book or of the sweep.
int claims_command(const std::vector<std::string>& arguments, const simulator& simulate_one);
int shift_command(const std::vector<std::string>& arguments, const simulator& simulate_one);

/// Both take one SystemC elaboration of this process.
int validate_command(const std::vector<std::string>& arguments, const std::string& default_platform,
                     const simulator& simulate_one);
int kernel_command(const std::vector<std::string>& arguments, const std::string& default_platform);

/// Needs no simulation.
int report_command(const std::vector<std::string>& arguments);

int list_command(const std::vector<std::string>& arguments);
int describe_command(const std::vector<std::string>& arguments, const std::string& default_platform);
/// What a trace file holds, and what of it a prefix cache could hold.
int trace_command(const std::vector<std::string>& arguments);
int datasheets_command(const std::vector<std::string>& arguments);

/// Chooses the command, prints help, reports errors on stderr as "error: where: what, expected".
int dispatch(const std::vector<std::string>& arguments, const std::string& default_platform,
             const simulator& simulate_one);

} // namespace strata::cli
