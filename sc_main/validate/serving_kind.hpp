// SPDX-License-Identifier: Apache-2.0
// Kinds of measured serving: what run reproduces a row of a reference file, and which of the run's figures the row
// measured.
#pragma once

#include "sc_main/run/run_options.hpp"
#include "sc_main/run/run_result.hpp"
#include "sc_main/validate/kernel_kind.hpp"
#include "sc_main/validate/reference_table.hpp"

#include <optional>
#include <string>
#include <vector>

namespace strata::cli {

/// One row, as a run.
struct serving_trial {
  run_options options;
  std::vector<std::string> shape;   ///< cells of the kind's columns
  std::vector<double> measured;     ///< one by figure, SI units; 0 = not measured
  double replicas = 1;              ///< such engines side by side, of which one is run
  std::string left_out;             ///< why no run reproduces the row; empty = one does
  std::vector<kernel_label> labels;
  bool saturated = false;           ///< a queue that grew while it was measured: judged apart
};

/// What a kind compares.
struct serving_figure {
  const char* name; ///< "TPOT"
  const char* unit;
  double (*of)(const run_result&, double replicas);
};

struct serving_kind {
  const char* name;
  const char* summary;
  std::vector<const char*> columns;       ///< that a file must have
  std::vector<serving_figure> figures;
  /// The trial of a row on `platform`; nothing where it is a row of another device. Throws base::input_error at the
  /// row.
  std::optional<serving_trial> (*trial)(const reference_table& table, const reference_table::row& row,
                                        const std::string& platform);
};

/// All kinds. A new one is a function and an entry in serving_kind.cpp.
const std::vector<serving_kind>& serving_kinds();
/// Null for an unknown name.
const serving_kind* find_serving_kind(const std::string& name);

/// What every trial has in common: the bundled model, `gpus` of the platform's sockets, steps reused.
run_options trial_options(const std::string& platform, const std::string& published_model, std::uint32_t gpus);

/// The bundled model whose name `published`, e.g. "meta-llama/Llama-3.1-8B-Instruct", begins with; empty where there
/// is none.
std::string bundled_model_of(const std::string& published);

} // namespace strata::cli
