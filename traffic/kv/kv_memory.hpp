// SPDX-License-Identifier: Apache-2.0
// The KV cache as the serving engine hands it out: blocks of the devices' memories to sequences, blocks of earlier
// prompts shared between them, and those that stores hold behind. Kernel-free.
#pragma once

#include "traffic/kv/kv_stores.hpp"
#include "traffic/lowering/step_shape.hpp"

#include <unordered_set>

namespace strata::traffic {

struct kv_config {
  std::uint32_t block_tokens = 16;               ///< KV cache is handed out in blocks
  std::vector<std::uint64_t> capacity_tokens;    ///< per memory of the devices, fastest first; at most max_tiers
  std::uint32_t hash_tokens = 0;                 ///< of a hashed block, 0 = nothing is kept for later
  eviction_policy eviction;                      ///< of blocks kept in the fastest memory
  std::vector<kv_store_config> stores;           ///< behind the devices' memories, fastest first
};

/// What a sequence has of the KV cache.
struct kv_holding {
  std::array<std::uint32_t, max_tiers> blocks{}; ///< of its own, by memory
  prefix_cache::handles shared;                  ///< hashed blocks, where its context begins
  std::vector<block_run> hashes;                 ///< of its prompt, until shared
  std::uint32_t hashed = 0;                      ///< blocks that these are
};

/// What prompts asked of earlier ones' blocks and found, in hashed blocks of the source.
struct prefix_statistics {
  std::uint32_t block_tokens = 0; ///< 0 = nothing is kept
  std::uint64_t asked = 0;
  std::uint64_t found = 0;        ///< in the devices' memory
  std::uint64_t evicted = 0;      ///< from there
  std::uint64_t lost = 0;         ///< not found, though an earlier prompt had them: computed again
  struct store {
    std::uint64_t found = 0, evicted = 0;
    std::uint64_t read_tokens = 0, written_tokens = 0; ///< by copies from and to it
  };
  std::vector<store> stores;
  prefix_statistics& operator+=(const prefix_statistics& o);
};

/// Sequences take what they need from the fastest memory that has some. Kept blocks share the fastest memory with them:
/// idle ones make room before anything goes to a slower memory, and leave for the first store, if there is one.
class kv_memory {
public:
  /// Throws std::invalid_argument where there are no memories or too many, or blocks of no tokens.
  /// `others`: an engine's of equal stores, with which it has the pooled ones together.
  explicit kv_memory(kv_config config, const kv_memory* others = nullptr);

  /// Tokens that a sequence of `tokens` with `hashed` blocks of its first `prompt` ones lacks of an empty cache.
  std::uint64_t shortfall(std::uint64_t prompt, std::uint64_t tokens, std::uint32_t hashed) const;
  struct reservation {
    std::uint32_t cached;              ///< tokens that need not be computed
    std::uint32_t fetched;             ///< of them, those that stores bring
    std::vector<std::uint64_t> copies; ///< that must end before the sequence may run
  };
  /// Room for `tokens` tokens of a prompt of `prompt`, whose blocks `h.hashes` names; nothing where it does not suffice.
  std::optional<reservation> reserve(kv_holding& h, std::uint32_t prompt, std::uint32_t tokens, std::int64_t now);
  /// Room for one more block; false where there is none. `copies` must end before it may be used.
  bool grow(kv_holding& h, std::int64_t now, std::vector<std::uint64_t>& copies);
  /// Tokens for which `h` has room, `prompt` of them of its prompt.
  std::uint64_t room(const kv_holding& h, std::uint32_t prompt) const;
  /// The prompt is computed: its blocks in the fastest memory are for all from now on.
  void share(kv_holding& h);
  /// What it shares is written to the first pooled store, for other engines.
  void publish(const kv_holding& h, std::int64_t now);
  void release(kv_holding& h, std::int64_t now);
  /// Releases it, but what is whole of `blocks`, which it has computed from its beginning, is kept.
  void keep(kv_holding& h, std::vector<block_run> blocks, std::int64_t now);
  /// How `tokens` tokens of a sequence lie in the memories, the earliest in the fastest.
  std::array<std::uint32_t, max_tiers> tokens_in(const kv_holding& h, std::uint32_t tokens) const;
  /// Of all memories, in whole blocks.
  std::uint64_t capacity_tokens() const;
  /// Time goes on: residency counts, and kept blocks whose time is over go.
  void pass(std::int64_t now);

  /// Tokens of a prompt that begins with `blocks`, `prompt` of them, that the fastest memory and the stores hold.
  std::uint32_t held_tokens(const std::vector<block_run>& blocks, std::uint32_t prompt) const;

  /// A prompt that begins with `blocks` is to come: what stores behind the first hold of it comes up to the first.
  void prefetch(const std::vector<block_run>& blocks, std::int64_t now);

  std::optional<kv_copy> next_copy() { return m_stores.next(); }
  void copied(std::uint64_t id, std::int64_t now);
  std::optional<unsigned> next_woken() { return m_stores.next_woken(); }
  /// Blocks that sequences use; without those that are only kept.
  std::uint64_t blocks_used(std::size_t memory) const;
  std::uint64_t blocks_kept() const { return m_prefixes.idle() * m_blocks_per_hash; }
  /// Kept in the fastest memory for later prompts; in a store, of a pooled one as the first engine tells.
  std::uint64_t tokens_kept() const { return m_prefixes.idle() * m_config.hash_tokens; }
  std::uint64_t tokens_stored(std::size_t store) const { return m_stores.tells(store) ? m_stores.held(store) * m_config.hash_tokens : 0; }
  unsigned engine() const { return m_stores.engine(); } ///< number among those that have stores together
  std::uint32_t block_tokens() const { return m_config.block_tokens; }
  std::uint32_t hash_tokens() const { return m_config.hash_tokens; }
  prefix_statistics statistics() const;
  /// Tokens that lay somewhere, integrated over time (token-seconds).
  struct residency {
    std::array<double, max_tiers> used{};    ///< by sequences, by memory
    double kept = 0;                         ///< in the fastest memory for later prompts
    std::array<double, max_stores> stored{}; ///< by store
    residency& operator+=(const residency& o);
  };
  residency resident() const;

private:
  std::uint64_t blocks_for(std::uint64_t tokens) const { return (tokens + m_config.block_tokens - 1) / m_config.block_tokens; }
  std::uint64_t blocks_for(std::uint64_t prompt, std::uint64_t tokens, std::uint32_t hashed) const;
  std::uint64_t free_blocks() const;
  void make_room(std::uint64_t blocks, std::int64_t now);
  void take(kv_holding& h, std::uint64_t blocks);
  void expire(std::int64_t now);

  kv_config m_config;
  std::size_t m_memories;
  std::array<std::uint64_t, max_tiers> m_total{}, m_free{};
  std::uint32_t m_blocks_per_hash = 0; ///< KV blocks that hold a hashed one
  prefix_cache m_prefixes;
  kv_stores m_stores;
  std::map<std::uint64_t, std::uint64_t> m_vacating; ///< copy -> blocks of the fastest memory that are free after it
  std::map<std::uint64_t, prefix_cache::handles> m_publishing; ///< copy -> blocks of the fastest memory that it reads
  std::unordered_set<std::uint64_t> m_computed; ///< hashes that were ever computed
  prefix_statistics m_counts;
  bool m_expires = false; ///< some blocks have a lifetime
  std::int64_t m_passed = 0;
  residency m_resident;
};

} // namespace strata::traffic
