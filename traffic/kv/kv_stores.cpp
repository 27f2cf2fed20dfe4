// SPDX-License-Identifier: Apache-2.0
#include "traffic/kv/kv_stores.hpp"

#include <algorithm>
#include <stdexcept>

namespace strata::traffic {

kv_stores::kv_stores(const std::vector<kv_store_config>& stores, std::uint32_t block_tokens, const kv_stores* others)
    : m_block_tokens(block_tokens), m_copies(others ? others->m_copies : std::make_shared<kv_copies>()), m_engine(m_copies->join()) {
  if (stores.size() > max_stores)
    throw std::invalid_argument("KV blocks go to at most " + std::to_string(max_stores) + " stores");
  for (const kv_store_config& c : stores)
    m_stores.push_back(others && c.pooled ? others->m_stores[m_stores.size()]
                                          : std::make_shared<store>(store{block_tokens > 0 ? c.capacity_tokens / block_tokens : 0,
                                                                          c.pooled, prefix_cache(c.eviction), {}, {}}));
}

std::uint32_t kv_stores::finding::blocks() const {
  std::size_t sum = 0;
  for (const auto& h : held)
    sum += h.size();
  return static_cast<std::uint32_t>(sum);
}

kv_stores::finding kv_stores::find(const std::vector<block_run>& prompt, std::uint32_t from) {
  finding f;
  if (m_stores.empty())
    return f;
  for_blocks(prompt, from, count_of(prompt), [&](std::uint64_t hash) {
    for (std::size_t s = 0; s < m_stores.size(); ++s)
      if (const auto at = m_stores[s]->cache.acquire(hash)) {
        f.held[s].push_back(*at);
        if (const auto coming = m_stores[s]->arriving.find(hash); coming != m_stores[s]->arriving.end())
          f.after.insert(coming->second);
        return true;
      }
    return false;
  });
  return f;
}

void kv_stores::give_up(finding& f, std::int64_t now) {
  for (std::size_t s = 0; s < m_stores.size(); ++s)
    m_stores[s]->cache.release(f.held[s], now);
}

bool kv_stores::holds(std::uint64_t hash) const {
  return std::any_of(m_stores.begin(), m_stores.end(), [hash](const auto& s) { return s->cache.holds(hash); });
}

void kv_stores::put(std::uint64_t hash, std::int64_t now) {
  if (m_stores.empty())
    return;
  prefix_cache& first = m_stores.front()->cache;
  if (const auto at = first.acquire(hash)) { // still there: freshly used, nothing to copy
    prefix_cache::handles used{*at};
    first.release(used, now);
    return;
  }
  place(hash, {0, 0}, 0, now);
}

bool kv_stores::publish(std::uint64_t hash, std::int64_t now) {
  for (std::size_t s = 0; s < m_stores.size(); ++s)
    if (store& pool = *m_stores[s]; pool.pooled) {
      if (pool.cache.holds(hash) || !make_room(s, now))
        return false;
      pool.cache.add(hash, now);
      pool.entering[hash] = {0, 0};
      return true;
    }
  return false;
}

/// For one block, by handing another one down; false where there is no room at all, or all of it is in use.
bool kv_stores::make_room(std::size_t in, std::int64_t now) {
  store& s = *m_stores[in];
  const bool full = s.cache.held() >= s.room;
  if (full && s.cache.idle() == 0)
    return false;
  if (full)
    leave(in, s.cache.evict(), now);
  return true;
}

void kv_stores::raise(finding f, std::int64_t now) {
  for (std::size_t s = 1; s < m_stores.size(); ++s) {
    prefix_cache& behind = m_stores[s]->cache;
    store& first = *m_stores.front();
    prefix_cache::handles staying;
    for (const std::uint32_t handle : f.held[s]) {
      const std::uint64_t hash = behind.hash_of(handle);
      if (m_stores[s]->entering.count(hash) > 0 || !make_room(0, now)) {
        staying.push_back(handle);
        continue;
      }
      const auto coming = m_stores[s]->arriving.find(hash);
      first.cache.add(hash, now);
      first.entering[hash] = {static_cast<unsigned>(s + 1), coming == m_stores[s]->arriving.end() ? 0 : coming->second, handle,
                              first.cache.acquire(hash)};
    }
    behind.release(staying, now);
  }
  if (!m_stores.empty())
    m_stores.front()->cache.release(f.held[0], now);
}

/// Puts a block into store `to`, or the first one behind it that can make room.
void kv_stores::place(std::uint64_t hash, const entry& e, std::size_t to, std::int64_t now) {
  for (; to < m_stores.size(); ++to) {
    store& s = *m_stores[to];
    if (s.cache.holds(hash))
      return;
    if (!make_room(to, now))
      continue;
    s.cache.add(hash, now);
    s.entering[hash] = e;
    return;
  }
}

/// A block was evicted from a store, perhaps before it has arrived or even set out.
void kv_stores::leave(std::size_t from, std::uint64_t hash, std::int64_t now) {
  store& s = *m_stores[from];
  ++m_evicted[from];
  entry e{static_cast<unsigned>(from + 1), 0};
  if (const auto it = s.entering.find(hash); it != s.entering.end()) {
    e = it->second;
    s.entering.erase(it);
  } else if (const auto coming = s.arriving.find(hash); coming != s.arriving.end()) {
    e.after = coming->second;
    s.arriving.erase(coming);
  }
  place(hash, e, from + 1, now);
}

void kv_stores::expire(std::int64_t now) {
  for (std::size_t s = 0; s < m_stores.size(); ++s)
    while (const auto hash = m_stores[s]->cache.evict_expired(now))
      leave(s, *hash, now);
}

std::uint64_t kv_stores::open(load what, std::uint64_t blocks, const std::set<std::uint64_t>& after) {
  const std::uint64_t tokens = blocks * m_block_tokens, id = m_copies->open(m_engine, what.from, what.to, tokens, after);
  m_copied[what.from][what.to] += tokens;
  m_loads[id] = std::move(what);
  return id;
}

std::vector<std::uint64_t> kv_stores::issue(finding f) {
  std::vector<std::uint64_t> needed;
  std::array<std::set<std::uint64_t>, max_stores + 1> leaving; // copies that vacate a place
  // From the last store up: a block enters when the one whose place it takes has left. What is raised stays where it was.
  for (auto to = static_cast<unsigned>(m_stores.size()); to > 0; --to) {
    store& s = *m_stores[to - 1];
    for (unsigned from = 0; from <= m_stores.size(); ++from) {
      load what{from, to, {}, {}, {}};
      std::set<std::uint64_t> after = leaving[to];
      for (const auto& [hash, e] : s.entering)
        if (e.from == from) {
          what.brings.push_back(hash);
          if (e.after > 0)
            after.insert(e.after);
          if (e.source) {
            what.reads.push_back(*e.source);
            what.fills.push_back(*e.target);
          }
        }
      if (what.brings.empty())
        continue;
      const hashes blocks = what.brings;
      const std::uint64_t id = open(std::move(what), blocks.size(), after);
      if (from < to)
        leaving[from].insert(id);
      for (const std::uint64_t hash : blocks)
        s.arriving[hash] = id;
      if (from == 0)
        needed.push_back(id);
    }
    s.entering.clear();
  }
  f.after.insert(leaving[0].begin(), leaving[0].end());
  for (std::size_t s = 0; s < m_stores.size(); ++s)
    if (const std::size_t blocks = f.held[s].size(); blocks > 0)
      needed.push_back(open({static_cast<unsigned>(s + 1), 0, {}, std::move(f.held[s]), {}}, blocks, f.after));
  return needed;
}

void kv_stores::done(std::uint64_t id, std::int64_t now) {
  m_copies->done(id);
  const auto it = m_loads.find(id);
  load& l = it->second;
  if (l.from > 0)
    m_stores[l.from - 1]->cache.release(l.reads, now);
  if (l.to > 0) {
    store& s = *m_stores[l.to - 1];
    s.cache.release(l.fills, now);
    for (const std::uint64_t hash : l.brings)
      if (const auto at = s.arriving.find(hash); at != s.arriving.end() && at->second == id)
        s.arriving.erase(at);
  }
  m_loads.erase(it);
}

void kv_stores::pass(std::int64_t now) {
  for (const auto& s : m_stores) {
    s->resident_s += static_cast<double>(now - s->passed) * 1e-12 * static_cast<double>(s->cache.held());
    s->passed = now;
  }
}

} // namespace strata::traffic
