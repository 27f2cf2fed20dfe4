// SPDX-License-Identifier: Apache-2.0
// Published serving figures (TensorRT-LLM's tables, MLPerf, Splitwise and others), a figure a row: what run reproduces a row,
// or why none can.
#pragma once

#include "sc_main/validate/serving_kind.hpp"

namespace strata::cli {

/// The figures that rows give, in the order of their `measured`.
std::vector<serving_figure> published_figures();

/// Columns that a file of them has.
std::vector<const char*> published_columns();

/// The trial of a row, see serving_kind::trial.
std::optional<serving_trial> published_trial(const reference_table& table, const reference_table::row& row,
                                             const std::string& platform);

} // namespace strata::cli
