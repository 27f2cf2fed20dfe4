// SPDX-License-Identifier: Apache-2.0
// The tiles of fused expert kernels that nobody has tuned for a shape and device: vLLM's defaults (get_default_config of
// vllm/model_executor/layers/fused_moe/fused_moe.py, 0.11; SGLang has the same). Those of values scaled by blocks of 128 x 128
// have that shape anyway. Kernel-free.
#pragma once

#include "traffic/llm/number_format.hpp"

namespace strata::traffic {

struct kernel_tile {
  std::uint16_t rows = 0, columns = 0, depth = 0; ///< of an output tile; elements along k of a step
};

/// 8-bit values with a scale factor a block.
inline bool by_blocks(const number_format& format) { return format.block_scaled && core::bits_of(format.product) == 8; }

/// For `tokens` over `held` experts of a rank.
inline kernel_tile untuned_tile(double tokens, unsigned held, const number_format& format) {
  if (by_blocks(format))
    return {64, 128, 128};
  if (tokens <= held)
    return {16, 32, 64};
  return {64, 64, 32};
}

constexpr unsigned sorting_kernels = 2; ///< rows counted by expert, then given their places (moe_align_block_size)

} // namespace strata::traffic
