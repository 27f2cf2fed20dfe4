// SPDX-License-Identifier: Apache-2.0
// Which blocks of prompts a memory still holds from earlier requests: chains of hashed blocks, shared by the sequences
// that use them, kept after them until room is needed or their time is over. Kernel-free.
#pragma once

#include "traffic/kv/block_runs.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

namespace strata::traffic {

/// Which idle block goes first.
enum class eviction_order { lru, lfu };

struct eviction_policy {
  eviction_order order = eviction_order::lru; ///< lfu: fewest uses first (16 and more count alike), then the longest unused
  std::int64_t lifetime_ps = 0;               ///< blocks idle for longer go without need; 0 = they stay
};

/// A hash stands for a block and all before it, so a prompt finds its blocks from the beginning up to the first that is
/// missing. Releasing puts a chain's last block first in line for eviction: what is evicted never leaves a block behind
/// whose prefix is gone.
class prefix_cache {
public:
  /// Handles of blocks in use, a prompt's first one first.
  using handles = std::vector<std::uint32_t>;

  explicit prefix_cache(eviction_policy policy = {}) : m_policy(policy) {}

  /// Takes into use the blocks of a prompt, at most `most` of them, up to the first that is not held.
  handles acquire(const std::vector<block_run>& blocks, std::uint32_t most);
  /// Takes a block into use, where it is held.
  std::optional<std::uint32_t> acquire(std::uint64_t hash);
  bool holds(std::uint64_t hash) const { return m_by_hash.count(hash) > 0; }
  /// Holds blocks `chain.size()` up to `count` of a prompt from now on, in use by `chain`. Returns how many of them
  /// were new; the others have meanwhile been held for somebody else.
  std::uint32_t extend(handles& chain, const std::vector<block_run>& blocks, std::uint32_t count);
  std::uint64_t hash_of(std::uint32_t handle) const { return m_blocks[handle].hash; }
  /// Holds a block that nobody uses; it must not be held yet.
  void add(std::uint64_t hash, std::int64_t now);
  /// `chain` needs its blocks no more; those that nobody needs may be evicted.
  void release(handles& chain, std::int64_t now = 0);
  /// Lets go of an idle block and returns its hash; at least one must be idle().
  std::uint64_t evict();
  /// Lets go of a block whose time was over by `now`, if there is one.
  std::optional<std::uint64_t> evict_expired(std::int64_t now);

  std::uint64_t held() const { return m_by_hash.size(); }
  std::uint64_t idle() const { return m_idle; }
  std::uint64_t evicted() const { return m_evicted; }

private:
  static constexpr std::uint32_t none = ~0u;
  static constexpr unsigned lines = 16; ///< of idle blocks; one line where use does not count
  struct block {
    std::uint64_t hash;
    std::int64_t idle_since;
    std::uint32_t users;
    std::uint32_t older, newer; ///< neighbours in the line of idle blocks
    std::uint32_t uses;
  };
  struct line {
    std::uint32_t oldest = none, newest = none;
  };
  line& line_of(const block& b) { return m_lines[m_policy.order == eviction_order::lru ? 0 : std::min(b.uses, lines) - 1]; }
  void hold(std::uint32_t& place, std::uint64_t hash);
  void use(std::uint32_t at);
  void line_up(std::uint32_t at, std::int64_t now);
  void leave_line(std::uint32_t at);
  std::uint64_t drop(std::uint32_t at);

  eviction_policy m_policy;
  std::unordered_map<std::uint64_t, std::uint32_t> m_by_hash;
  std::vector<block> m_blocks;
  std::vector<std::uint32_t> m_free; ///< places in m_blocks
  std::array<line, lines> m_lines;
  std::uint64_t m_idle = 0, m_evicted = 0;
};

/// Calls `visit(hash)` for blocks `from` up to `to` of a prompt until it says false.
template <class visitor>
void for_blocks(const std::vector<block_run>& blocks, std::uint32_t from, std::uint32_t to, visitor visit) {
  std::uint32_t before = 0;
  for (const block_run& run : blocks) {
    const std::uint32_t end = std::min(before + run.count, to);
    for (std::uint32_t i = std::max(before, from); i < end; ++i)
      if (!visit(run.first + (i - before)))
        return;
    before += run.count;
  }
}

} // namespace strata::traffic
