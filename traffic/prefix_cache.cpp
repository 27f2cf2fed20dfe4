// SPDX-License-Identifier: Apache-2.0
#include "traffic/prefix_cache.hpp"

#include <algorithm>

namespace strata::traffic {

namespace {

/// Calls `visit(hash)` for blocks `from` up to `to` until it says false.
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

} // namespace

std::uint32_t count_of(const std::vector<block_run>& blocks) {
  std::uint32_t count = 0;
  for (const block_run& run : blocks)
    count += run.count;
  return count;
}

prefix_cache::handles prefix_cache::acquire(const std::vector<block_run>& blocks, std::uint32_t most) {
  handles found;
  for_blocks(blocks, 0, most, [&](std::uint64_t hash) {
    const auto it = m_by_hash.find(hash);
    if (it == m_by_hash.end())
      return false;
    use(it->second);
    found.push_back(it->second);
    return true;
  });
  return found;
}

std::uint32_t prefix_cache::extend(handles& chain, const std::vector<block_run>& blocks, std::uint32_t count) {
  std::uint32_t fresh = 0;
  for_blocks(blocks, static_cast<std::uint32_t>(chain.size()), count, [&](std::uint64_t hash) {
    const auto [it, is_new] = m_by_hash.try_emplace(hash, none);
    if (!is_new) {
      use(it->second);
    } else {
      if (m_free.empty()) {
        m_free.push_back(static_cast<std::uint32_t>(m_blocks.size()));
        m_blocks.emplace_back();
      }
      it->second = m_free.back();
      m_free.pop_back();
      m_blocks[it->second] = {hash, 1, none, none};
      ++fresh;
    }
    chain.push_back(it->second);
    return true;
  });
  return fresh;
}

void prefix_cache::release(handles& chain) {
  for (; !chain.empty(); chain.pop_back())
    if (--m_blocks[chain.back()].users == 0)
      line_up(chain.back());
}

void prefix_cache::evict() {
  const std::uint32_t at = m_oldest;
  leave_line(at);
  m_by_hash.erase(m_blocks[at].hash);
  m_free.push_back(at);
  ++m_evicted;
}

void prefix_cache::use(std::uint32_t at) {
  if (m_blocks[at].users++ == 0)
    leave_line(at);
}

void prefix_cache::line_up(std::uint32_t at) {
  m_blocks[at].older = m_newest;
  m_blocks[at].newer = none;
  (m_newest == none ? m_oldest : m_blocks[m_newest].newer) = at;
  m_newest = at;
  ++m_idle;
}

void prefix_cache::leave_line(std::uint32_t at) {
  const block& b = m_blocks[at];
  (b.older == none ? m_oldest : m_blocks[b.older].newer) = b.newer;
  (b.newer == none ? m_newest : m_blocks[b.newer].older) = b.older;
  --m_idle;
}

} // namespace strata::traffic
