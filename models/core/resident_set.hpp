// SPDX-License-Identifier: Apache-2.0
// Which bytes of memory a cache holds: address ranges, the least recently used evicted first. Kernel-free.
#pragma once

#include <cstdint>
#include <list>
#include <map>

namespace strata::core {

class resident_set {
public:
  /// Holds up to `capacity` bytes; with 0 nothing is ever resident.
  explicit resident_set(std::uint64_t capacity) : m_capacity(capacity) {}

  /// Bytes of [address, address + bytes) that a sweep from its start finds resident: none of a range that is larger
  /// than the cache, because such a sweep evicts its own tail before it gets there.
  std::uint64_t hits(std::uint64_t address, std::uint64_t bytes) const;
  /// Makes the range the most recently used one; of a range larger than the cache its end stays.
  void touch(std::uint64_t address, std::uint64_t bytes);

  std::uint64_t capacity() const { return m_capacity; }
  std::uint64_t size() const { return m_size; }

private:
  struct extent {
    std::uint64_t begin, end;
  };
  using order = std::list<extent>; ///< least recently used first; extents are disjoint
  using index = std::map<std::uint64_t, order::iterator>; ///< by begin
  /// First extent that ends behind `address`.
  index::const_iterator first_behind(std::uint64_t address) const;
  void erase(std::uint64_t begin, std::uint64_t end);
  void insert(order::iterator before, extent e);

  std::uint64_t m_capacity, m_size = 0;
  order m_order;
  index m_index;
};

} // namespace strata::core
