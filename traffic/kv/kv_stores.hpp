// SPDX-License-Identifier: Apache-2.0
// Memories behind the devices' own that hold KV blocks of earlier prompts (host DRAM, an expander, flash, a pool), fastest
// first: what lies where, and the copies that bring blocks back or put them away, in an order that never reads a block
// before it has arrived nor overwrites one before it has left. Kernel-free.
#pragma once

#include "traffic/kv/kv_copies.hpp"
#include "traffic/kv/prefix_cache.hpp"

#include <memory>

namespace strata::traffic {

constexpr unsigned max_stores = 6;

struct kv_store_config {
  std::uint64_t capacity_tokens = 0;
  eviction_policy eviction;
  bool pooled = false; ///< engines have it together
};

constexpr unsigned next_pool = max_stores + 1; ///< place of copies: the memory of the devices that go on with a request

/// The stores of one engine, as it sees them.
class kv_stores {
public:
  /// Pooled stores, and the order of copies, are those of `others` where given, an engine of equal stores.
  kv_stores(const std::vector<kv_store_config>& stores, std::uint32_t block_tokens, const kv_stores* others = nullptr);

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
  /// A block that stays in the devices' memory is written to the first pooled store, too. False where that has it, has no room
  /// besides blocks in use, or is not there.
  bool publish(std::uint64_t hash, std::int64_t now);
  /// Blocks whose time was over by `now` move on to the next store.
  void expire(std::int64_t now);
  /// The copies for what was put since the last call, and those that bring `f` to the devices. Returns the ids of those
  /// that must end before the devices' memory may be used.
  std::vector<std::uint64_t> issue(finding f);

  /// A copy of this engine that may start now, given out once.
  std::optional<kv_copy> next() { return m_copies->next(m_engine); }
  void done(std::uint64_t id, std::int64_t now);
  /// Number of another engine whose copy has waited for one of this engine's and may start now.
  std::optional<unsigned> next_woken() { return m_copies->next_woken(); }

  /// Whether some store has a block, or will.
  bool holds(std::uint64_t hash) const;
  std::uint64_t held(std::size_t number) const { return m_stores[number]->cache.held(); }
  /// By this engine, for room or as their time was over.
  std::uint64_t evicted(std::size_t number) const { return m_evicted[number]; }
  /// Tokens of all copies that this engine issued between two places.
  std::uint64_t copied_tokens(unsigned from, unsigned to) const { return m_copied[from][to]; }
  /// Time goes on: residency counts.
  void pass(std::int64_t now);
  /// Blocks in a store integrated over time, in block-seconds.
  double resident(std::size_t number) const { return m_stores[number]->resident_s; }
  /// Whether this engine tells what is in a store: of those that have it together one does.
  bool tells(std::size_t number) const { return m_engine == 0 || !m_stores[number]->pooled; }
  unsigned engine() const { return m_engine; } ///< number among those that have stores together
  std::size_t size() const { return m_stores.size(); }
  /// Copies issued and not done, of all engines.
  std::size_t open_copies() const { return m_copies->size(); }

private:
  using hashes = std::vector<std::uint64_t>;
  struct entry {
    unsigned from;
    std::uint64_t after; ///< the copy that brings it there, 0 = it is there
    std::optional<std::uint32_t> source{}, target{}; ///< its handles in both stores where it is raised
  };
  struct store {
    std::uint64_t room; ///< blocks
    bool pooled;
    prefix_cache cache;
    std::unordered_map<std::uint64_t, std::uint64_t> arriving; ///< hash -> the copy that brings it
    std::map<std::uint64_t, entry> entering;                   ///< hash -> where it comes from; copy not yet issued
    double resident_s = 0;
    std::int64_t passed = 0;
  };
  struct load {
    unsigned from, to;
    hashes brings;
    prefix_cache::handles reads, fills; ///< protected blocks of its source and of its target
  };
  void place(std::uint64_t hash, const entry& e, std::size_t to, std::int64_t now);
  void leave(std::size_t from, std::uint64_t hash, std::int64_t now);
  bool make_room(std::size_t in, std::int64_t now);
  std::uint64_t open(load what, std::uint64_t blocks, const std::set<std::uint64_t>& after);

  std::uint32_t m_block_tokens;
  std::shared_ptr<kv_copies> m_copies;
  unsigned m_engine;
  std::vector<std::shared_ptr<store>> m_stores;
  std::map<std::uint64_t, load> m_loads; ///< what this engine's open copies carry
  std::array<std::uint64_t, max_stores> m_evicted{};
  std::array<std::array<std::uint64_t, max_stores + 1>, max_stores + 1> m_copied{};
};

} // namespace strata::traffic
