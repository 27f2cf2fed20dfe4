// SPDX-License-Identifier: Apache-2.0
// Reports of one run. The JSON document is the source of the readable ones, so that whatever a person reads a program
// can read too. Its schema is docs/result_schema.md.
#pragma once

#include "sc_main/run/run_options.hpp"
#include "sc_main/run/run_result.hpp"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace strata::cli {

using json = nlohmann::ordered_json;

constexpr int result_schema_version = 1;

/// {"value": .., "unit": ".."}; a figure that does not exist (not finite) has the value null.
json figure(double value, const std::string& unit);
/// Value of a figure, NaN for null.
double value_of(const json& figure);

json result_document(const run_options& options, const run_result& result);

/// Per-request times, one line each; units in the header.
std::string requests_csv(const run_result& result);
/// Every meter of every component, one line each; units in the header or in a column.
std::string components_csv(const run_result& result);

/// Headline figures of a result document as (label, text), e.g. ("TTFT p50", "41.2 ms"); the rows that comparisons put
/// side by side.
std::vector<std::pair<std::string, std::string>> headline(const json& result);

enum class text_form { terminal, markdown };

/// Everything a person wants to know of one run: what ran, latency, throughput, energy, phases, components, audits.
std::string report_text(const json& result, text_form form);

/// Names of the audits that failed.
std::vector<std::string> failed_audits(const json& result);

/// Writes result.json, requests.csv, components.csv and report.txt into `folder`.
void write_reports(const std::filesystem::path& folder, const json& document, const run_result& result);

} // namespace strata::cli
