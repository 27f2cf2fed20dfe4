// SPDX-License-Identifier: Apache-2.0
#include "models/core/resident_set.hpp"

#include <algorithm>
#include <iterator>

namespace strata::core {

resident_set::index::const_iterator resident_set::first_behind(std::uint64_t address) const {
  auto it = m_index.upper_bound(address);
  if (it != m_index.begin() && std::prev(it)->second->end > address)
    --it;
  return it;
}

std::uint64_t resident_set::hits(std::uint64_t address, std::uint64_t bytes) const {
  if (bytes > m_capacity)
    return 0;
  const std::uint64_t end = address + bytes;
  std::uint64_t found = 0;
  for (auto it = first_behind(address); it != m_index.end() && it->first < end; ++it)
    found += std::min(end, it->second->end) - std::max(address, it->first);
  return found;
}

void resident_set::insert(order::iterator before, extent e) {
  if (e.begin == e.end)
    return;
  m_index[e.begin] = m_order.insert(before, e);
  m_size += e.end - e.begin;
}

void resident_set::erase(std::uint64_t begin, std::uint64_t end) {
  for (auto it = first_behind(begin); it != m_index.end() && it->first < end;) {
    const order::iterator node = it->second;
    const extent old = *node;
    it = m_index.erase(it);
    m_size -= old.end - old.begin;
    insert(node, {old.begin, std::max(old.begin, std::min(old.end, begin))});
    insert(node, {std::min(old.end, std::max(old.begin, end)), old.end});
    m_order.erase(node);
  }
}

void resident_set::touch(std::uint64_t address, std::uint64_t bytes) {
  const std::uint64_t end = address + bytes, kept = std::min(bytes, m_capacity);
  if (const auto it = m_index.find(address); it != m_index.end() && it->second->end == end) {
    m_order.splice(m_order.end(), m_order, it->second); // the most frequent case: it is there as it is
    return;
  }
  erase(address, end);
  // What stays of a range was used from its start on, so its start is the oldest part.
  while (m_size + kept > m_capacity) {
    extent& oldest = m_order.front();
    const std::uint64_t surplus = m_size + kept - m_capacity, length = oldest.end - oldest.begin;
    erase(oldest.begin, oldest.begin + std::min(surplus, length));
  }
  insert(m_order.end(), {end - kept, end});
}

} // namespace strata::core
