// SPDX-License-Identifier: Apache-2.0
// Requests that no KV cache of the platform holds: how much the longest of them lacks, and what would make room for it.
#pragma once

#include "traffic/lowering/serving_plan.hpp"
#include "traffic/serving/request_record.hpp"

#include <string>
#include <vector>

namespace strata::cli {

struct run_result;

struct rejection_result {
  std::uint64_t requests = 0;         ///< that were rejected
  std::uint64_t tokens = 0;           ///< prompt and output of the longest of them
  std::uint64_t capacity_tokens = 0;  ///< of the KV cache
  std::uint64_t shortfall_tokens = 0;
  double shortfall_B = 0;
  std::vector<std::string> remedies;  ///< each of which makes room for the longest
};

/// `requests` were rejected, `largest` lacks most. KV cache is handed out in blocks of `block` tokens; `options` are those
/// that made `plan`.
rejection_result rejections(std::uint64_t requests, const traffic::request_record& largest, std::uint64_t block,
                            const traffic::serving_plan& plan, const traffic::plan_options& options);

/// "3 requests need more KV cache than there is: the longest ... Expected ..."
std::string rejection_text(const rejection_result& r);

/// Warns of requests that a run rejected. Throws base::input_error where nothing could be served.
void tell_of_rejections(const run_result& r);

} // namespace strata::cli
