// SPDX-License-Identifier: Apache-2.0
// A list of numbered items of which those at the beginning go when nobody needs them any more. Kernel-free.
#pragma once

#include <cstdint>
#include <deque>
#include <utility>

namespace strata::traffic {

/// Numbers count from 0 and stay as items go. References hold until their item goes.
template <class T> class window {
public:
  T& add(T item = {}) { return m_items.emplace_back(entry{std::move(item)}).item; }
  /// Of an item that has not been dropped.
  T& operator[](std::uint32_t number) { return m_items[number - m_first].item; }
  const T& operator[](std::uint32_t number) const { return m_items[number - m_first].item; }
  /// The item is needed no more; it goes when those before it have gone.
  void drop(std::uint32_t number) {
    m_items[number - m_first].needed = false;
    for (; !m_items.empty() && !m_items.front().needed; ++m_first)
      m_items.pop_front();
  }
  /// Of all items there ever were: the number of the next one.
  std::uint32_t size() const { return m_first + static_cast<std::uint32_t>(m_items.size()); }
  /// Of those that are still there.
  std::uint32_t first() const { return m_first; }

private:
  struct entry {
    T item;
    bool needed = true;
  };
  std::deque<entry> m_items;
  std::uint32_t m_first = 0;
};

} // namespace strata::traffic
