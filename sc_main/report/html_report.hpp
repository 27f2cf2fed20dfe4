// SPDX-License-Identifier: Apache-2.0
// One self-contained HTML page from the results of one or several runs: styles, scripts, plotting library and data are
// all in it.
#pragma once

#include "sc_main/report/report.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace strata::cli {

/// The page for a list of result documents, or for a document of schema strata.shift.
std::string html_page(const json& data);

/// The page for result documents (docs/result_schema.md), in the given order. Equal results give equal pages.
std::string html_report(const std::vector<json>& results);

/// Reads the results of `folder`: its result.json, or where it holds a comparison those of all platforms that ran.
/// Throws base::input_error for a folder with neither, and for files that are no results of this version.
std::vector<json> read_results(const std::filesystem::path& folder);

} // namespace strata::cli
