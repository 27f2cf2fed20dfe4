// SPDX-License-Identifier: Apache-2.0
#include "traffic/kv/kv_memory.hpp"

#include <algorithm>
#include <numeric>
#include <stdexcept>

namespace strata::traffic {

prefix_statistics& prefix_statistics::operator+=(const prefix_statistics& o) {
  asked += o.asked;
  found += o.found;
  evicted += o.evicted;
  lost += o.lost;
  for (std::size_t i = 0; i < stores.size(); ++i) {
    stores[i].found += o.stores[i].found;
    stores[i].evicted += o.stores[i].evicted;
    stores[i].read_tokens += o.stores[i].read_tokens;
    stores[i].written_tokens += o.stores[i].written_tokens;
  }
  return *this;
}

kv_memory::residency& kv_memory::residency::operator+=(const residency& o) {
  for (std::size_t t = 0; t < used.size(); ++t)
    used[t] += o.used[t];
  kept += o.kept;
  for (std::size_t s = 0; s < stored.size(); ++s)
    stored[s] += o.stored[s];
  return *this;
}

kv_memory::kv_memory(kv_config config, const kv_memory* others)
    : m_config(std::move(config)), m_memories(m_config.capacity_tokens.size()), m_prefixes(m_config.eviction),
      m_stores(m_config.hash_tokens > 0 ? m_config.stores : std::vector<kv_store_config>{}, m_config.hash_tokens,
               others ? &others->m_stores : nullptr) {
  if (m_config.block_tokens == 0 || m_memories == 0 || m_memories > max_tiers)
    throw std::invalid_argument("a KV cache needs blocks of some tokens in one to " + std::to_string(max_tiers) + " memories");
  for (std::size_t t = 0; t < m_memories; ++t)
    m_total[t] = m_free[t] = m_config.capacity_tokens[t] / m_config.block_tokens;
  m_blocks_per_hash = static_cast<std::uint32_t>(blocks_for(m_config.hash_tokens));
  m_counts.block_tokens = m_config.hash_tokens;
  m_counts.stores.resize(m_stores.size());
  m_expires = m_config.eviction.lifetime_ps > 0;
  for (const kv_store_config& s : m_config.stores)
    m_expires = m_expires || s.eviction.lifetime_ps > 0;
}

/// For `tokens` tokens in all, of whose prompt `hashed` blocks may be shared.
std::uint64_t kv_memory::blocks_for(std::uint64_t prompt, std::uint64_t tokens, std::uint32_t hashed) const {
  const std::uint64_t own = tokens - std::min({prompt, tokens, std::uint64_t{hashed} * m_config.hash_tokens});
  return std::uint64_t{hashed} * m_blocks_per_hash + blocks_for(own);
}

std::uint64_t kv_memory::shortfall(std::uint64_t prompt, std::uint64_t tokens, std::uint32_t hashed) const {
  const std::uint64_t needed = blocks_for(prompt, tokens, hashed);
  const std::uint64_t all = capacity_tokens() / m_config.block_tokens;
  return needed > all ? (needed - all) * m_config.block_tokens : 0;
}

std::uint64_t kv_memory::capacity_tokens() const {
  return std::accumulate(m_total.begin(), m_total.end(), std::uint64_t{0}) * m_config.block_tokens;
}

std::uint64_t kv_memory::free_blocks() const { return std::accumulate(m_free.begin(), m_free.end(), std::uint64_t{0}); }

std::optional<kv_memory::reservation> kv_memory::reserve(kv_holding& h, std::uint32_t prompt, std::uint32_t tokens,
                                                         std::int64_t now) {
  h.hashed = count_of(h.hashes);
  h.blocks = {};
  h.shared = m_prefixes.acquire(h.hashes, h.hashed);
  const auto here = static_cast<std::uint32_t>(h.shared.size());
  kv_stores::finding behind = m_stores.find(h.hashes, here);
  const std::uint64_t needed = blocks_for(prompt, tokens, h.hashed) - std::uint64_t{here} * m_blocks_per_hash;
  if (needed > free_blocks() + blocks_kept()) {
    m_prefixes.release(h.shared, now);
    m_stores.give_up(behind, now);
    return std::nullopt;
  }
  make_room(needed, now);
  take(h, needed);
  const std::uint32_t fetched = behind.blocks();
  m_counts.asked += h.hashed;
  m_counts.found += here;
  for (std::size_t s = 0; s < m_stores.size(); ++s)
    m_counts.stores[s].found += behind.held[s].size();
  for_blocks(h.hashes, here + fetched, h.hashed, [this](std::uint64_t hash) {
    m_counts.lost += !m_computed.insert(hash).second;
    return true;
  });
  const auto known = [&](std::uint32_t blocks) { return std::min(prompt - 1, blocks * m_config.hash_tokens); };
  const std::uint32_t cached = known(here + fetched);
  return reservation{cached, cached - known(here), m_stores.issue(std::move(behind))};
}

bool kv_memory::grow(kv_holding& h, std::int64_t now, std::vector<std::uint64_t>& copies) {
  if (free_blocks() + blocks_kept() == 0)
    return false;
  if (free_blocks() == 0) {
    make_room(1, now);
    copies = m_stores.issue({});
  }
  take(h, 1);
  return true;
}

/// Idle kept blocks leave until the fastest memory has `blocks`, as far as they go.
void kv_memory::make_room(std::uint64_t blocks, std::int64_t now) {
  for (; m_free[0] < blocks && m_prefixes.idle() > 0; m_free[0] += m_blocks_per_hash)
    m_stores.put(m_prefixes.evict(), now);
}

void kv_memory::take(kv_holding& h, std::uint64_t blocks) {
  for (std::size_t t = 0; t < m_memories; ++t) {
    const std::uint64_t taken = std::min(blocks, m_free[t]);
    h.blocks[t] += static_cast<std::uint32_t>(taken);
    m_free[t] -= taken;
    blocks -= taken;
  }
}

std::uint64_t kv_memory::room(const kv_holding& h, std::uint32_t prompt) const {
  const std::uint64_t own = std::accumulate(h.blocks.begin(), h.blocks.end(), std::uint64_t{0});
  const std::uint64_t hashed = (h.hashed - h.shared.size()) * std::uint64_t{m_blocks_per_hash};
  return std::min<std::uint64_t>(prompt, std::uint64_t{h.hashed} * m_config.hash_tokens) + (own - hashed) * m_config.block_tokens;
}

/// Blocks that another sequence has shared meanwhile are given back.
void kv_memory::share(kv_holding& h) {
  if (h.hashes.empty())
    return;
  const auto before = static_cast<std::uint32_t>(h.shared.size());
  const std::uint32_t fresh = m_prefixes.extend(h.shared, h.hashes, before + h.blocks[0] / m_blocks_per_hash);
  const std::uint32_t added = static_cast<std::uint32_t>(h.shared.size()) - before;
  h.blocks[0] -= added * m_blocks_per_hash;
  m_free[0] += std::uint64_t{added - fresh} * m_blocks_per_hash;
  h.hashes.clear();
}

void kv_memory::publish(const kv_holding& h, std::int64_t now) {
  prefix_cache::handles read;
  for (const std::uint32_t handle : h.shared)
    if (const std::uint64_t hash = m_prefixes.hash_of(handle); m_stores.publish(hash, now))
      read.push_back(*m_prefixes.acquire(hash));
  for (const std::uint64_t copy : m_stores.issue({}))
    m_publishing[copy] = std::move(read); // the only one from here
}

void kv_memory::release(kv_holding& h, std::int64_t now) {
  for (std::size_t t = 0; t < m_memories; ++t)
    m_free[t] += h.blocks[t];
  h.blocks = {};
  m_prefixes.release(h.shared, now);
}

std::array<std::uint32_t, max_tiers> kv_memory::tokens_in(const kv_holding& h, std::uint32_t tokens) const {
  std::array<std::uint32_t, max_tiers> in{};
  for (std::size_t t = 0; t < m_memories; ++t) {
    const std::uint64_t shared = t == 0 ? h.shared.size() * m_config.hash_tokens : 0;
    in[t] = static_cast<std::uint32_t>(
        std::min<std::uint64_t>(tokens, shared + std::uint64_t{h.blocks[t]} * m_config.block_tokens));
    tokens -= in[t];
  }
  return in;
}

void kv_memory::keep(kv_holding& h, std::vector<block_run> blocks, std::int64_t now) {
  const std::uint32_t whole = count_of(blocks);
  while (h.shared.size() > whole) {
    prefix_cache::handles last{h.shared.back()};
    h.shared.pop_back();
    m_prefixes.release(last, now);
  }
  h.hashes = std::move(blocks);
  share(h);
  release(h, now);
}

void kv_memory::pass(std::int64_t now) {
  const double seconds = static_cast<double>(now - m_passed) * 1e-12;
  m_passed = now;
  for (std::size_t t = 0; t < m_memories; ++t)
    m_resident.used[t] += seconds * static_cast<double>(blocks_used(t) * m_config.block_tokens);
  m_resident.kept += seconds * static_cast<double>(tokens_kept());
  m_stores.pass(now);
  if (m_expires)
    expire(now);
}

kv_memory::residency kv_memory::resident() const {
  residency r = m_resident;
  for (std::size_t s = 0; s < m_stores.size(); ++s)
    r.stored[s] = m_stores.tells(s) ? m_stores.resident(s) * m_config.hash_tokens : 0;
  return r;
}

void kv_memory::expire(std::int64_t now) {
  std::uint64_t vacated = 0;
  for (auto hash = m_prefixes.evict_expired(now); hash; hash = m_prefixes.evict_expired(now)) {
    vacated += m_blocks_per_hash;
    m_stores.put(*hash, now);
  }
  m_stores.expire(now);
  const std::vector<std::uint64_t> leaving = m_stores.issue({});
  if (leaving.empty())
    m_free[0] += vacated;
  else
    m_vacating[leaving.back()] = vacated;
}

std::uint32_t kv_memory::held_tokens(const std::vector<block_run>& blocks, std::uint32_t prompt) const {
  std::uint32_t held = 0;
  for_blocks(blocks, 0, count_of(blocks), [&](std::uint64_t hash) {
    const bool here = m_prefixes.holds(hash) || m_stores.holds(hash);
    held += here ? m_config.hash_tokens : 0;
    return here;
  });
  return std::min(held, prompt);
}

void kv_memory::prefetch(const std::vector<block_run>& blocks, std::int64_t now) {
  std::uint32_t here = 0;
  for_blocks(blocks, 0, count_of(blocks), [&](std::uint64_t hash) { return m_prefixes.holds(hash) && ++here > 0; });
  m_stores.raise(m_stores.find(blocks, here), now);
  m_stores.issue({});
}

void kv_memory::copied(std::uint64_t id, std::int64_t now) {
  m_stores.done(id, now);
  if (const auto it = m_vacating.find(id); it != m_vacating.end()) {
    m_free[0] += it->second;
    m_vacating.erase(it);
  }
  if (const auto it = m_publishing.find(id); it != m_publishing.end()) {
    m_prefixes.release(it->second, now);
    m_publishing.erase(it);
  }
}

std::uint64_t kv_memory::blocks_used(std::size_t memory) const {
  return m_total[memory] - m_free[memory] - (memory == 0 ? blocks_kept() : 0);
}

prefix_statistics kv_memory::statistics() const {
  prefix_statistics s = m_counts;
  s.evicted = m_prefixes.evicted();
  for (std::size_t i = 0; i < m_stores.size(); ++i) {
    s.stores[i].evicted = m_stores.evicted(i);
    for (unsigned other = 0; other <= m_stores.size(); ++other) {
      s.stores[i].read_tokens += m_stores.copied_tokens(static_cast<unsigned>(i + 1), other);
      s.stores[i].written_tokens += m_stores.copied_tokens(other, static_cast<unsigned>(i + 1));
    }
  }
  return s;
}

} // namespace strata::traffic
