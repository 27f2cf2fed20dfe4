// SPDX-License-Identifier: Apache-2.0
// How many keys queries see where attention is limited to a window or a chunk. Kernel-free.
#pragma once

#include <algorithm>
#include <cstdint>

namespace strata::traffic {

struct attention_window {
  std::uint32_t tokens = 0; ///< 0 = all
  bool chunked = false;     ///< from the last multiple of `tokens` on, rather than the latest `tokens`

  /// Keys that the token at `position` (from 0) sees, itself included.
  std::uint64_t keys(std::uint64_t position) const {
    if (tokens == 0)
      return position + 1;
    return chunked ? position % tokens + 1 : std::min<std::uint64_t>(position + 1, tokens);
  }
  /// Sum of keys() over `count` tokens from `position` on.
  std::uint64_t pairs(std::uint64_t position, std::uint64_t count) const {
    return pairs_up_to(position + count) - pairs_up_to(position);
  }
  /// Distinct keys that these tokens read.
  std::uint64_t span(std::uint64_t position, std::uint64_t count) const { return keys(position) - 1 + count; }

private:
  static std::uint64_t triangle(std::uint64_t n) { return n * (n + 1) / 2; }
  std::uint64_t pairs_up_to(std::uint64_t position) const {
    if (tokens == 0 || position <= tokens)
      return triangle(position);
    return chunked ? position / tokens * triangle(tokens) + triangle(position % tokens)
                   : triangle(tokens) + (position - tokens) * tokens;
  }
};

} // namespace strata::traffic
