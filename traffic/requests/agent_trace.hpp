// SPDX-License-Identifier: Apache-2.0
// Recorded sessions of coding agents, as kv-cache-tester (callanjfox) publishes them. Kernel-free.
#pragma once

#include "traffic/requests/trace_reader.hpp"

namespace strata::traffic {

/// Reads JSON lines, a session each: `block_size`, and `requests` with `in`, `out`, `think_time` (s) and the hashes of
/// the prompt, `hash_ids` or run-length coded `hash_ranges`, which count within the session only. An entry of type
/// `subagent` holds requests of its own: it starts when the request before it has ended, side by side with its
/// neighbours, and the request behind them waits for all. Its think time was recorded from the end of the request
/// before them, so the longest `duration_ms` among them is taken off. Requests without output failed and are skipped.
/// A gap is the tools' where all that comes behind it (`input_types`) is a `tool_result`, else the user's.
/// `first` is the line already read. Throws base::input_error.
request_trace read_agent_sessions(trace_reader& in, const std::string& first, const trace_options& options);

} // namespace strata::traffic
