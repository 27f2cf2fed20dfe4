// SPDX-License-Identifier: Apache-2.0
// Several platforms under the same traffic, side by side: table, document and readable report.
#pragma once

#include "sc_main/command/process_pool.hpp"
#include "sc_main/report/report.hpp"

#include <string>
#include <vector>

namespace strata::cli {

constexpr int comparison_schema_version = 1;

struct compared_platform {
  std::string name;   ///< also the folder of its results
  process_outcome::state ended = process_outcome::state::failed;
  std::string error;  ///< where it did not finish
  json result;        ///< where it did
};

/// Headline figures, one column per platform; failures below the table.
std::string comparison_text(const std::vector<compared_platform>& platforms);
json comparison_document(const std::vector<compared_platform>& platforms);
/// Markdown: the comparison, then the whole report of every platform.
std::string comparison_report(const std::vector<compared_platform>& platforms);

} // namespace strata::cli
