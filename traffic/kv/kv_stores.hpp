// SPDX-License-Identifier: Apache-2.0
// Memories behind the devices' own that hold KV blocks of earlier prompts (host DRAM, an expander, flash), fastest
// first: what lies where, and the copies that bring blocks back or put them away, in an order that never reads a block
// before it has arrived nor overwrites one before it has left. Kernel-free.
#pragma once

#include "traffic/kv/prefix_cache.hpp"

#include <deque>
#include <map>
#include <set>

namespace strata::traffic {

constexpr unsigned max_stores = 6;

struct kv_store_config {
  std::uint64_t capacity_tokens = 0;
  eviction_policy eviction;
};

constexpr unsigned next_pool = max_stores + 1; ///< place of copies: the memory of the devices that go on with a request

/// KV of `tokens` tokens on its way. Place 0 is the devices' own memory, place s + 1 store s.
struct kv_copy {
  std::uint64_t id;
  unsigned from, to;
  std::uint64_t tokens;
};

class kv_stores {
public:
  kv_stores(const std::vector<kv_store_config>& stores, std::uint32_t block_tokens);

  /// Blocks of one prompt that stores hold, protected from eviction until they have been copied or given up.
  struct finding {
    std::array<prefix_cache::handles, max_stores> held;
    std::set<std::uint64_t> after; ///< copies that must end before these blocks can be read
    std::uint32_t blocks() const;
  };
  /// Those of `prompt` from block `from` on, up to the first that no store has.
  finding find(const std::vector<block_run>& prompt, std::uint32_t from);
  void give_up(finding& f, std::int64_t now);
  /// Those of `f` that lie behind the first store come up to it, too, as far as it has room besides blocks that are in use,
  /// and stay there until they have come.
  void raise(finding f, std::int64_t now);

  /// A block leaves the devices' memory for the first store, which makes room by handing blocks down.
  void put(std::uint64_t hash, std::int64_t now);
  /// Blocks whose time was over by `now` move on to the next store.
  void expire(std::int64_t now);
  /// The copies for what was put since the last call, and those that bring `f` to the devices. Returns the ids of those
  /// that must end before the devices' memory may be used.
  std::vector<std::uint64_t> issue(finding f);

  /// A copy that may start now, given out once.
  std::optional<kv_copy> next();
  void done(std::uint64_t id, std::int64_t now);

  /// Whether some store has a block, or will.
  bool holds(std::uint64_t hash) const;
  std::uint64_t held(std::size_t number) const { return m_stores[number].cache.held(); }
  std::uint64_t evicted(std::size_t number) const { return m_stores[number].cache.evicted(); }
  /// Tokens of all copies issued between two places.
  std::uint64_t copied_tokens(unsigned from, unsigned to) const { return m_copied[from][to]; }
  std::size_t size() const { return m_stores.size(); }
  /// Copies issued and not done.
  std::size_t open_copies() const { return m_open.size(); }

private:
  using hashes = std::vector<std::uint64_t>;
  struct entry {
    unsigned from;
    std::uint64_t after; ///< the copy that brings it there, 0 = it is there
    std::optional<std::uint32_t> source{}, target{}; ///< its handles in both stores where it is raised
  };
  struct store {
    std::uint64_t room; ///< blocks
    prefix_cache cache;
    std::unordered_map<std::uint64_t, std::uint64_t> arriving; ///< hash -> the copy that brings it
    std::map<std::uint64_t, entry> entering;                   ///< hash -> where it comes from; copy not yet issued
  };
  struct open_copy {
    kv_copy copy;
    std::size_t waits = 0; ///< copies that must end first
    std::vector<std::uint64_t> followers;
    hashes brings;
    prefix_cache::handles reads, fills; ///< protected blocks of its source and of its target
  };
  void place(std::uint64_t hash, const entry& e, std::size_t to, std::int64_t now);
  void leave(std::size_t from, std::uint64_t hash, std::int64_t now);
  bool make_room(std::size_t in, std::int64_t now);
  std::uint64_t open(unsigned from, unsigned to, std::uint64_t blocks, const std::set<std::uint64_t>& after);

  std::uint32_t m_block_tokens;
  std::vector<store> m_stores;
  std::map<std::uint64_t, open_copy> m_open;
  std::deque<std::uint64_t> m_ready;
  std::uint64_t m_next_id = 1;
  std::array<std::array<std::uint64_t, max_stores + 1>, max_stores + 1> m_copied{};
};

} // namespace strata::traffic
