// SPDX-License-Identifier: Apache-2.0
// The BurstGPT traces (Wang et al., KDD 2025), versions 1 and 2. Kernel-free.
#pragma once

#include "traffic/requests/trace_reader.hpp"

namespace strata::traffic {

constexpr const char* burstgpt_header = "Timestamp,Model,Request tokens,Response tokens,Total tokens,Log Type";

/// The header names the columns that are read; version 2 has `Session ID` and `Elapsed time` besides.
bool is_burstgpt(std::string_view header);

/// Reads the lines behind `header`, like `5,ChatGPT,472,18,490,Conversation log`: seconds, perhaps with a fraction,
/// since the first day began. Requests without response tokens failed and are skipped. Throws base::input_error.
request_trace read_burstgpt(trace_reader& in, const std::string& header);

} // namespace strata::traffic
