// SPDX-License-Identifier: Apache-2.0
// A fully associative cache of check words, least recently used out: writes gather, and what has been written as a whole
// need not be read.
#include "models/dram/check_traffic.hpp"

#include <algorithm>

namespace strata::dram {

unsigned partial_writes(const dram_config& c, const base::memory_access& a) {
  if (c.ecc == ecc_kind::none || !a.write)
    return 0;
  const std::uint64_t word = std::min<std::uint64_t>(c.ecc_word, c.burst_bytes());
  if (a.stream.pattern != base::access_pattern::sequential)
    return 0; // whole access units
  const std::uint64_t end = a.address + a.stream.bytes;
  const bool head = a.address % word != 0, tail = end % word != 0;
  const bool one_burst = a.address / c.burst_bytes() == (end - 1) / c.burst_bytes();
  return one_burst ? head || tail : unsigned{head} + unsigned{tail};
}

check_traffic::check_traffic(const dram_config& c)
    : m_data(c.bursts_per_check()), m_first(c.capacity_bytes() / c.burst_bytes() / c.lanes()), m_lines(c.ecc_cache) {}

void check_traffic::look_up(std::uint64_t local, bool write, std::vector<burst>& out) {
  const std::uint64_t number = local / m_data, bit = std::uint64_t{1} << local % m_data;
  auto at = std::find_if(m_cache.begin(), m_cache.end(), [number](const line& l) { return l.number == number; });
  if (at == m_cache.end()) {
    if (m_cache.size() == m_lines) {
      at = std::min_element(m_cache.begin(), m_cache.end(), [](const line& a, const line& b) { return a.used < b.used; });
      evict(*at, out);
    } else {
      at = m_cache.insert(m_cache.end(), line{});
    }
    *at = {number, 0, false, 0};
  }
  at->used = ++m_uses;
  if (write) {
    at->written |= bit;
  } else if (!at->known && !(at->written & bit)) {
    at->known = true;
    out.push_back({m_first + number, false});
  }
}

void check_traffic::evict(const line& l, std::vector<burst>& out) const {
  if (l.written == 0)
    return;
  const bool whole = l.written == ~std::uint64_t{0} >> (64 - m_data);
  if (!whole && !l.known)
    out.push_back({m_first + l.number, false});
  out.push_back({m_first + l.number, true});
}

} // namespace strata::dram
