// SPDX-License-Identifier: Apache-2.0
// What a step of the serving engine asks of the hardware, in numbers: all that lowering and the step cache need to
// know of it. Kernel-free.
#pragma once

#include <array>
#include <cstdint>

namespace strata::traffic {

constexpr unsigned max_tiers = 4; ///< memories that may hold KV cache

/// Sums over the sequences of a step. Tokens in KV: `context` is what a sequence held before the step.
struct step_shape {
  std::uint32_t decode_sequences = 0;  ///< each adds decode_queries tokens
  std::uint64_t decode_context = 0;    ///< sum of contexts, without the new tokens
  std::uint32_t prefill_sequences = 0;
  std::uint32_t prefill_tokens = 0;    ///< new prompt tokens
  std::uint64_t prefill_pairs = 0;     ///< causal query-key pairs: sum of new * context + new * (new + 1) / 2
  std::uint64_t prefill_context = 0;   ///< KV tokens read by prefills, the new ones included
  std::uint64_t decode_window_keys = 0;    ///< keys that decodes see in layers with a window, the first new token included
  std::uint64_t prefill_window_pairs = 0;  ///< query-key pairs of prefills in such layers
  std::uint64_t prefill_window_keys = 0;   ///< KV tokens that they read there
  std::uint32_t sampled_tokens = 0;    ///< sequences that get output: decodes, and prefills that end
  std::array<std::uint64_t, max_tiers> decode_kv{};  ///< KV tokens that decodes read in each tier, new ones included
  std::array<std::uint64_t, max_tiers> prefill_kv{}; ///< likewise for prefills; sums to prefill_context
  std::uint32_t decode_queries = 1;    ///< tokens of each decode: its last one, and those drafted that it verifies

  std::uint32_t decode_tokens() const { return decode_sequences * decode_queries; }
  std::uint32_t tokens() const { return decode_tokens() + prefill_tokens; }
  /// Positions whose next token is chosen: all that decodes verify, and the ends of prompts.
  std::uint32_t chosen_tokens() const { return sampled_tokens + decode_tokens() - decode_sequences; }
};

} // namespace strata::traffic
