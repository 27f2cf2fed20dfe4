// SPDX-License-Identifier: Apache-2.0
// The project's own format of requests, docs/requests.md: a header and a JSON line for each request or step of a session.
// Kernel-free.
#pragma once

#include "traffic/requests/trace_reader.hpp"

#include <iosfwd>

namespace strata::traffic {

/// Reads the lines behind the header `first`. Of `options`, rates, gaps and their causes act as on other traces.
/// Throws base::input_error with the line of every problem (the first ten).
request_trace read_request_lines(trace_reader& in, const std::string& first, const trace_options& options);

/// Writes `trace` such that reading it with default options gives the same: times to the picosecond, contexts as numbers
/// of tokens, and the hashes of their blocks.
void write_request_lines(std::ostream& out, const request_trace& trace);

} // namespace strata::traffic
