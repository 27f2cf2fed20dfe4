// SPDX-License-Identifier: Apache-2.0
#include "sc_main/claims/many_runs.hpp"

#include "models/base/diagnostic.hpp"
#include "sc_main/command/command_line.hpp"

#include <algorithm>
#include <thread>

namespace strata::cli {

many_runs::many_runs() : jobs(std::max(1u, std::thread::hardware_concurrency())) {}

void many_runs::add_to(base::parameter_list& p) {
  p.add("jobs", jobs, base::between(1, 1024), "runs at a time, each in a process of its own (-j)");
}

void reject_option(const std::string& message) { throw base::input_error(command_line_location(), message); }

void reject_settings(const parsed_options& parsed, const std::string& where) {
  if (!parsed.positional.empty())
    reject_option("'" + parsed.positional.front() + "' is no option, expected those that --help lists");
  if (!parsed.set.empty())
    reject_option("--set has no meaning here, expected it in the runs of " + where);
}

} // namespace strata::cli
