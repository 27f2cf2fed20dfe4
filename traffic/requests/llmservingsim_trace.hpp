// SPDX-License-Identifier: Apache-2.0
// Workloads of LLMServingSim (Cho et al., IISWC 2024, ISPASS 2026). Kernel-free.
#pragma once

#include "traffic/requests/trace_reader.hpp"

namespace strata::traffic {

constexpr std::uint32_t llmservingsim_block_tokens = 16; ///< that simulator's default block of KV cache

/// Reads JSON lines, each a request with `input_toks`, `output_toks`, `arrival_time_ns` and perhaps `input_tok_ids`, or a
/// session with `arrival_time_ns` and `sub_requests`, each of which comes `tool_duration_ns` of the one before it after
/// that has ended. Blocks of 16 token ids are hashed with all before them; prompts without ids share nothing. Lines may
/// stand in any order; `first` is the one already read. Throws base::input_error.
request_trace read_llmservingsim(trace_reader& in, const std::string& first, const trace_options& options);

} // namespace strata::traffic
