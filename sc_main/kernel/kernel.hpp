// SPDX-License-Identifier: Apache-2.0
// Runs a program inside the SystemC kernel, with its time resolution and its messages set up.
#pragma once

#include <functional>

namespace strata::cli {

/// Calls `program` from sc_main with a resolution of 1 fs and SystemC's reports sent to the log; returns its value.
/// Once per process.
int run_in_kernel(int argc, char* argv[], std::function<int()> program);

} // namespace strata::cli
