// SPDX-License-Identifier: Apache-2.0
// One simulation, from options to figures.
#pragma once

#include "sc_main/run/run_options.hpp"
#include "sc_main/run/run_result.hpp"

#include <functional>

namespace strata::cli {

/// Called now and then with the share of the work done, 0 .. 1, never decreasing.
using progress_callback = std::function<void(double done)>;

/// Elaborates the platform, serves the traffic, audits. Once per process, since SystemC elaborates once.
/// Throws base::input_error for everything wrong with what `options` name.
run_result simulate(const run_options& options, const progress_callback& progress);

} // namespace strata::cli
