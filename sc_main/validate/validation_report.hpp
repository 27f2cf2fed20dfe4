// SPDX-License-Identifier: Apache-2.0
// What `strata validate` prints and writes.
#pragma once

#include "sc_main/validate/serving_validation.hpp"

#include <nlohmann/json.hpp>

namespace strata::cli {

/// Errors by group and over all, then what the simulation cost.
std::string validation_text(const validation_result& result);

/// The same figures as shares, with "host", what the run cost on this machine, last.
nlohmann::ordered_json validation_document(const validation_result& result);

/// One line per row: the shape, measured and predicted microseconds, relative error.
std::string predictions_csv(const validation_result& result);
nlohmann::ordered_json predictions_document(const validation_result& result);

/// Likewise for serving: a table, document or set of columns for every figure.
std::string validation_text(const serving_validation_result& result);
nlohmann::ordered_json validation_document(const serving_validation_result& result);
std::string predictions_csv(const serving_validation_result& result);
nlohmann::ordered_json predictions_document(const serving_validation_result& result);

} // namespace strata::cli
