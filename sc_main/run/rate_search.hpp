// SPDX-License-Identifier: Apache-2.0
// The highest rate of requests at which latencies are kept, found by runs at several rates.
#pragma once

#include "sc_main/command/commands.hpp"

#include <functional>
#include <vector>

namespace strata::cli {

/// By rate, whether it is kept.
using rate_trials = std::function<std::vector<bool>(const std::vector<double>& rates)>;

/// The highest rate found to be kept, within 1 % of one that is not, from `start` on; 0 where none above a 64th of `start` is.
/// Which rates are tried depends on nothing but the answers.
double highest_rate(double start, const rate_trials& kept);

/// `o` with the highest rate at which the benchmark's 99th percentiles are kept and no request is rejected, where `o` leaves
/// the rate open; else as it is. Runs are made in processes of their own, `at_once` at a time, the first of them offline,
/// whose throughput the search starts from. Throws base::input_error where no rate keeps them.
run_options with_rate_found(run_options o, const simulator& simulate_one, std::size_t at_once);

} // namespace strata::cli
