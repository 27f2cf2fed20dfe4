// SPDX-License-Identifier: Apache-2.0
// The Mooncake traces (Qin et al., FAST 2025): requests with the hashes of their prompts' blocks. Kernel-free.
#pragma once

#include "traffic/requests/trace_reader.hpp"

namespace strata::traffic {

constexpr std::uint32_t mooncake_block_tokens = 512;

/// Reads JSON lines with `timestamp` (ms), `input_length`, `output_length` and `hash_ids`, one for each block of 512
/// prompt tokens, the last perhaps part of one; `first` is the line already read. Throws base::input_error.
request_trace read_mooncake(trace_reader& in, const std::string& first);

} // namespace strata::traffic
