// SPDX-License-Identifier: Apache-2.0
// Runs of `strata run` whose figures somebody asks for: read from a command line, each in a process of its own, equal
// ones once.
#pragma once

#include "models/base/diagnostic.hpp"
#include "sc_main/claims/figure_value.hpp"
#include "sc_main/command/commands.hpp"

#include <string>
#include <vector>

namespace strata::cli {

/// What stands behind `strata run`, and the fields of its result that are wanted.
struct experiment {
  std::string command;   ///< "cs3 --model llama-3.1-8b --batch 1", quoted as for a shell
  run_options options;
  std::vector<std::string> fields; ///< paths as figure_at() takes them
  base::source_location where;
};

/// Reads `command`. Throws base::input_error at `where`.
experiment read_experiment(const std::string& command, const base::source_location& where);

/// Experiments as they are asked for: equal commands are one, equal fields of one are one.
class experiment_list {
public:
  /// Where a field's value is found after run().
  struct place {
    std::size_t run, field;
  };
  place ask(const experiment& e, const std::string& field);
  const std::vector<experiment>& runs() const { return m_runs; }

  /// Runs them, `at_once` at a time. Throws base::input_error with every run that could not be made and every field
  /// that its result lacks, and std::runtime_error where a run crashed or broke one of its own audits.
  /// Must be called before anything of SystemC is elaborated.
  void run(std::size_t at_once, const simulator& simulate_one);
  const figure_value& value(place p) const { return m_values.at(p.run).at(p.field); }

private:
  std::vector<experiment> m_runs;
  std::vector<std::vector<figure_value>> m_values;
};

} // namespace strata::cli
