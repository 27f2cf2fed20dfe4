// SPDX-License-Identifier: Apache-2.0
// The Azure LLM inference traces of 2023 and 2024. Kernel-free.
#pragma once

#include "traffic/requests/trace_reader.hpp"

namespace strata::traffic {

constexpr const char* azure_header = "TIMESTAMP,ContextTokens,GeneratedTokens";

/// Reads the lines behind the header, like `2023-11-16 18:15:46.6805900,374,44`. Throws base::input_error.
request_trace read_azure(trace_reader& in);

} // namespace strata::traffic
