// SPDX-License-Identifier: Apache-2.0
// A settled book for people (Markdown, terminal) and for programs (JSON), and what moved since a recorded one.
#pragma once

#include "sc_main/claims/verdict.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace strata::cli {

constexpr int claims_schema_version = 1;

/// One line per claim: id, verdict and the figures that decided it.
std::string book_text(const std::vector<settled_claim>& claims);

std::string book_markdown(const std::vector<settled_claim>& claims, const std::vector<unsettled_claim>& out_of_scope);

/// Schema strata.claims, see docs/result_schema.md.
nlohmann::ordered_json book_document(const std::vector<settled_claim>& claims);

/// One line for each verdict that is another than in `recorded` (a document of book_document()), and for each figure
/// that differs by more than its claim's tolerance. Claims that are in one of them only are said, too, where `whole`.
/// Throws base::input_error naming `file` where `recorded` is no such document.
std::vector<std::string> what_moved(const std::vector<settled_claim>& claims, const nlohmann::ordered_json& recorded,
                                    const std::string& file, bool whole);

} // namespace strata::cli
