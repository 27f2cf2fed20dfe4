// SPDX-License-Identifier: Apache-2.0
// A file of requests in whichever of the known formats. Kernel-free.
#pragma once

#include "traffic/requests/trace_reader.hpp"

namespace strata::traffic {

/// The first line tells the format: a JSON object with `format` is the header of the project's own (request_lines.hpp), with
/// `requests` an agent session, with `input_toks` or `sub_requests` of LLMServingSim, any other JSON object a Mooncake
/// request; else it is a CSV header, of Azure if it is exactly `TIMESTAMP,ContextTokens,GeneratedTokens`, of BurstGPT if
/// it has the columns `Timestamp`, `Request tokens` and `Response tokens`. Line ends may be CRLF.
/// Throws base::input_error with the line of every problem (the first ten).
request_trace read_trace(const std::string& file, const trace_options& options);

/// What serves it.
std::unique_ptr<request_source> open_trace(const std::string& file, const trace_options& options, tool_behaviour tools = {});

} // namespace strata::traffic
