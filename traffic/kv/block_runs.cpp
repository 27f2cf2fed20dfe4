// SPDX-License-Identifier: Apache-2.0
#include "traffic/kv/block_runs.hpp"

#include <algorithm>

namespace strata::traffic {

std::uint32_t count_of(const std::vector<block_run>& blocks) {
  std::uint32_t count = 0;
  for (const block_run& run : blocks)
    count += run.count;
  return count;
}

void append(std::vector<block_run>& runs, std::uint64_t first, std::uint32_t count) {
  if (count == 0)
    return;
  if (!runs.empty() && runs.back().first + runs.back().count == first)
    runs.back().count += count;
  else
    runs.push_back({first, count});
}

void append_first(std::vector<block_run>& runs, const std::vector<block_run>& from, std::uint32_t most) {
  for (const block_run& run : from) {
    const std::uint32_t count = std::min(most, run.count);
    append(runs, run.first, count);
    most -= count;
  }
}

} // namespace strata::traffic
