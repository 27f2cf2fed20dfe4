// SPDX-License-Identifier: Apache-2.0
// Hashes of prompts' blocks as runs of consecutive ones: put together, cut and counted. Kernel-free.
#pragma once

#include <cstdint>
#include <vector>

namespace strata::traffic {

/// Consecutive hashes of prompt blocks, first, first + 1, ... Equal hashes mean equal blocks behind equal prefixes.
struct block_run {
  std::uint64_t first;
  std::uint32_t count;
};

/// Blocks of a prompt.
std::uint32_t count_of(const std::vector<block_run>& blocks);

/// Appends `count` hashes from `first` on, to the last run where they continue it.
void append(std::vector<block_run>& runs, std::uint64_t first, std::uint32_t count);

/// Appends the first `most` blocks of `from`, or all where they are fewer.
void append_first(std::vector<block_run>& runs, const std::vector<block_run>& from, std::uint32_t most);

} // namespace strata::traffic
