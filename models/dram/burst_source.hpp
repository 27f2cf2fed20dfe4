// SPDX-License-Identifier: Apache-2.0
// The bursts that one access puts on one channel, in order. Kernel-free.
#pragma once

#include "models/dram/address_mapping.hpp"

#include <algorithm>
#include <cstdint>

namespace strata::dram {

/// Deterministic random number of (seed, k): splitmix64.
inline std::uint64_t scrambled(std::uint64_t seed, std::uint64_t k) {
  std::uint64_t z = seed * 0xd1342543de82ef95u + (k + 1) * 0x9e3779b97f4a7c15u;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

/// Yields local burst numbers (see address_mapping) in units of consecutive bursts.
class burst_source {
public:
  /// `count` consecutive local bursts from `begin`.
  static burst_source sequential(std::uint64_t begin, std::uint64_t count) {
    burst_source s(kind::sequential, count, count);
    s.m_base = s.m_local = begin;
    return s;
  }
  /// `count` units of `unit` bursts anywhere in the `size` local bursts from `begin`.
  static burst_source random(std::uint64_t begin, std::uint64_t size, std::uint64_t count, std::uint64_t unit,
                             std::uint64_t seed) {
    burst_source s(kind::random, count * unit, unit);
    s.m_base = begin;
    s.m_places = std::max<std::uint64_t>(1, size / unit);
    s.m_seed = seed;
    s.find_unit();
    return s;
  }
  /// Those of `count` units of `unit` bursts, `stride` bytes apart from byte `address` on, that fall on `channel`.
  static burst_source strided(const address_mapping& mapping, unsigned channel, std::uint64_t burst_bytes,
                              std::uint64_t address, std::uint64_t stride, std::uint64_t count, std::uint64_t unit) {
    burst_source s(kind::strided, count, unit);
    s.m_mapping = &mapping;
    s.m_channel = channel;
    s.m_burst_bytes = burst_bytes;
    s.m_base = address;
    s.m_stride = stride;
    s.find_unit();
    return s;
  }

  bool done() const { return m_left == 0; }
  std::uint64_t local() const { return m_local + m_in_unit; }
  /// Bursts still to come, at least.
  std::uint64_t left() const { return m_kind == kind::strided ? (done() ? 0 : 1) : m_left; }
  void step() {
    if (m_kind != kind::strided)
      --m_left;
    if (++m_in_unit < m_unit)
      return;
    m_in_unit = 0;
    if (m_kind == kind::strided)
      --m_left;
    ++m_index;
    find_unit();
  }

private:
  enum class kind { sequential, random, strided };
  burst_source(kind k, std::uint64_t left, std::uint64_t unit) : m_kind(k), m_left(left), m_unit(unit) {}
  void find_unit() {
    if (m_kind == kind::random)
      m_local = m_base + scrambled(m_seed, m_index) % m_places * m_unit;
    for (; m_kind == kind::strided && m_left > 0; --m_left, ++m_index) {
      const std::uint64_t burst = (m_base + m_index * m_stride) / m_burst_bytes;
      if (m_mapping->channel_of(burst) == m_channel) {
        m_local = m_mapping->local_of(burst);
        return;
      }
    }
  }

  kind m_kind;
  std::uint64_t m_left; ///< bursts; for strided, units of all channels
  std::uint64_t m_unit;
  std::uint64_t m_index = 0, m_in_unit = 0;
  std::uint64_t m_base = 0, m_local = 0;
  std::uint64_t m_places = 0, m_seed = 0;
  const address_mapping* m_mapping = nullptr;
  unsigned m_channel = 0;
  std::uint64_t m_burst_bytes = 1, m_stride = 0;
};

} // namespace strata::dram
