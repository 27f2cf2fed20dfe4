// SPDX-License-Identifier: Apache-2.0
#include "traffic/kv/prefix_cache.hpp"

namespace strata::traffic {

prefix_cache::handles prefix_cache::acquire(const std::vector<block_run>& blocks, std::uint32_t most) {
  handles found;
  for_blocks(blocks, 0, most, [&](std::uint64_t hash) {
    const auto at = acquire(hash);
    if (at)
      found.push_back(*at);
    return at.has_value();
  });
  return found;
}

std::optional<std::uint32_t> prefix_cache::acquire(std::uint64_t hash) {
  const auto it = m_by_hash.find(hash);
  if (it == m_by_hash.end())
    return std::nullopt;
  use(it->second);
  return it->second;
}

std::uint32_t prefix_cache::extend(handles& chain, const std::vector<block_run>& blocks, std::uint32_t count) {
  std::uint32_t fresh = 0;
  for_blocks(blocks, static_cast<std::uint32_t>(chain.size()), count, [&](std::uint64_t hash) {
    const auto [it, is_new] = m_by_hash.try_emplace(hash, none);
    if (is_new) {
      hold(it->second, hash);
      ++fresh;
    }
    use(it->second);
    chain.push_back(it->second);
    return true;
  });
  return fresh;
}

void prefix_cache::add(std::uint64_t hash, std::int64_t now) {
  std::uint32_t& place = m_by_hash[hash];
  hold(place, hash);
  m_blocks[place].uses = 1;
  line_up(place, now);
}

void prefix_cache::release(handles& chain, std::int64_t now) {
  for (; !chain.empty(); chain.pop_back())
    if (--m_blocks[chain.back()].users == 0)
      line_up(chain.back(), now);
}

std::uint64_t prefix_cache::evict() {
  ++m_evicted;
  return drop(std::find_if(m_lines.begin(), m_lines.end(), [](const line& l) { return l.oldest != none; })->oldest);
}

std::optional<std::uint64_t> prefix_cache::evict_expired(std::int64_t now) {
  if (m_policy.lifetime_ps > 0 && m_idle > 0)
    for (const line& l : m_lines)
      if (l.oldest != none && now - m_blocks[l.oldest].idle_since > m_policy.lifetime_ps) {
        ++m_evicted;
        return drop(l.oldest);
      }
  return std::nullopt;
}

/// Gives a block a place, used by nobody and in no line.
void prefix_cache::hold(std::uint32_t& place, std::uint64_t hash) {
  if (m_free.empty()) {
    m_free.push_back(static_cast<std::uint32_t>(m_blocks.size()));
    m_blocks.emplace_back();
  }
  place = m_free.back();
  m_free.pop_back();
  m_blocks[place] = {hash, 0, 0, none, none, 0};
}

std::uint64_t prefix_cache::drop(std::uint32_t at) {
  leave_line(at);
  m_by_hash.erase(m_blocks[at].hash);
  m_free.push_back(at);
  return m_blocks[at].hash;
}

void prefix_cache::use(std::uint32_t at) {
  block& b = m_blocks[at];
  if (b.users++ == 0 && b.uses > 0)
    leave_line(at);
  ++b.uses;
}

void prefix_cache::line_up(std::uint32_t at, std::int64_t now) {
  block& b = m_blocks[at];
  line& l = line_of(b);
  b.idle_since = now;
  b.older = l.newest;
  b.newer = none;
  (l.newest == none ? l.oldest : m_blocks[l.newest].newer) = at;
  l.newest = at;
  ++m_idle;
}

void prefix_cache::leave_line(std::uint32_t at) {
  const block& b = m_blocks[at];
  line& l = line_of(b);
  (b.older == none ? l.oldest : m_blocks[b.older].newer) = b.newer;
  (b.newer == none ? l.newest : m_blocks[b.newer].older) = b.older;
  --m_idle;
}

} // namespace strata::traffic
