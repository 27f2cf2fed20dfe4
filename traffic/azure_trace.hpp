// SPDX-License-Identifier: Apache-2.0
// Requests of a published trace in the form of the Azure LLM inference traces. Kernel-free.
#pragma once

#include "traffic/request_source.hpp"

#include <string>

namespace strata::traffic {

struct trace_options {
  std::uint64_t requests = 0; ///< the first N; 0 = all
  double rate_scale = 1;      ///< > 0; gaps between arrivals are divided by it
};

/// Reads a CSV file as the Azure LLM inference traces are published: the header
/// `TIMESTAMP,ContextTokens,GeneratedTokens`, then lines like `2023-11-16 18:15:46.6805900,374,44`; line ends may be
/// CRLF. Throws base::input_error with the line of every problem (the first ten).
std::vector<request> read_trace(const std::string& file, const trace_options& options);

} // namespace strata::traffic
