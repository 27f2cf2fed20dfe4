// SPDX-License-Identifier: Apache-2.0
// Runs jobs in forked processes, a few at a time, and collects what each returns: SystemC elaborates once per
// process, and a crash of one job must not take the others with it.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace strata::cli {

/// Runs in a process of its own. Reports the share done (0 .. 1) and returns its result as text.
using process_job = std::function<std::string(const std::function<void(double)>& progress)>;

struct process_outcome {
  enum class state { finished, bad_input, failed } ended = state::failed;
  std::string text; ///< result, or what went wrong
};

/// What job `index` is doing; called in the parent.
struct process_observer {
  std::function<void(std::size_t index)> started;
  std::function<void(std::size_t index, double done)> progressed;
  std::function<void(std::size_t index, const process_outcome&)> ended;
};

/// At most `at_once` (>= 1) run at a time, started in order. A base::input_error becomes bad_input; any other
/// exception, signal or early exit becomes failed. Outcomes are in the order of `jobs`.
/// Throws std::system_error where no process can be started.
std::vector<process_outcome> run_in_processes(const std::vector<process_job>& jobs, std::size_t at_once,
                                              const process_observer& observer);

} // namespace strata::cli
