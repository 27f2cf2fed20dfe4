// SPDX-License-Identifier: Apache-2.0
// Which blocks of prompts the KV cache still holds from earlier requests: chains of hashed blocks, shared by the
// sequences that use them, kept after them in order of last use. Kernel-free.
#pragma once

#include "traffic/request_source.hpp"

#include <cstdint>
#include <unordered_map>
#include <vector>

namespace strata::traffic {

/// A hash stands for a block and all before it, so a prompt finds its blocks from the beginning up to the first that is
/// missing. Releasing puts a chain's last block first in line for eviction: what is evicted never leaves a block behind
/// whose prefix is gone.
class prefix_cache {
public:
  /// Handles of blocks in use, a prompt's first one first.
  using handles = std::vector<std::uint32_t>;

  /// Takes into use the blocks of a prompt, at most `most` of them, up to the first that is not held.
  handles acquire(const std::vector<block_run>& blocks, std::uint32_t most);
  /// Holds blocks `chain.size()` up to `count` of a prompt from now on, in use by `chain`. Returns how many of them
  /// were new; the others have meanwhile been held for somebody else.
  std::uint32_t extend(handles& chain, const std::vector<block_run>& blocks, std::uint32_t count);
  /// `chain` needs its blocks no more; those that nobody needs may be evicted.
  void release(handles& chain);
  /// Lets go of the block unused for the longest time; at least one must be idle().
  void evict();

  std::uint64_t held() const { return m_by_hash.size(); }
  std::uint64_t idle() const { return m_idle; }
  std::uint64_t evicted() const { return m_evicted; }

private:
  static constexpr std::uint32_t none = ~0u;
  struct block {
    std::uint64_t hash;
    std::uint32_t users;
    std::uint32_t older, newer; ///< neighbours in the line of idle blocks
  };
  void use(std::uint32_t at);
  void line_up(std::uint32_t at);
  void leave_line(std::uint32_t at);

  std::unordered_map<std::uint64_t, std::uint32_t> m_by_hash;
  std::vector<block> m_blocks;
  std::vector<std::uint32_t> m_free; ///< places in m_blocks
  std::uint32_t m_oldest = none, m_newest = none;
  std::uint64_t m_idle = 0, m_evicted = 0;
};

/// Blocks of a prompt.
std::uint32_t count_of(const std::vector<block_run>& blocks);

} // namespace strata::traffic
