// SPDX-License-Identifier: Apache-2.0
// Which initiator socket reaches an address. Kernel-free.
#pragma once

#include <algorithm>
#include <cstdint>
#include <stdexcept>
#include <vector>

namespace strata::base {

class address_decoder {
public:
  static constexpr unsigned unmapped = ~0u;

  /// Sends [base, base + size) to `port`. Throws std::invalid_argument where the range overlaps another.
  void add(std::uint64_t base, std::uint64_t size, unsigned port) {
    const auto at = std::lower_bound(m_ranges.begin(), m_ranges.end(), base,
                                     [](const range& r, std::uint64_t b) { return r.base < b; });
    if ((at != m_ranges.end() && at->base - base < size) ||
        (at != m_ranges.begin() && base - std::prev(at)->base < std::prev(at)->size))
      throw std::invalid_argument("address ranges overlap");
    m_ranges.insert(at, {base, size, port});
  }
  /// Port of `address`, or `unmapped`.
  unsigned port(std::uint64_t address) const {
    const auto after = std::upper_bound(m_ranges.begin(), m_ranges.end(), address,
                                        [](std::uint64_t a, const range& r) { return a < r.base; });
    if (after == m_ranges.begin())
      return unmapped;
    const range& r = *std::prev(after);
    return address - r.base < r.size ? r.port : unmapped;
  }

private:
  struct range {
    std::uint64_t base, size;
    unsigned port;
  };
  std::vector<range> m_ranges; ///< sorted by base
};

} // namespace strata::base
