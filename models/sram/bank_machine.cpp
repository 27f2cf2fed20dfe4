// SPDX-License-Identifier: Apache-2.0
// Arbitration of requesters for banks and data paths.
#include "models/sram/bank_machine.hpp"

#include <algorithm>

namespace strata::sram {

std::uint64_t tile_words(const sram_config& c, const base::memory_access& a) {
  const std::uint64_t words = (a.stream.bytes + c.word_bytes() - 1) / c.word_bytes();
  return (words + c.tiles - 1) / c.tiles;
}

double tile_pace(const sram_config& c, const base::memory_access& a) {
  if (a.stream.rate_limit <= 0)
    return 0;
  return static_cast<double>(tile_words(c, a)) * a.stream.rate_limit / static_cast<double>(a.stream.bytes) / c.clock.value();
}

void bank_machine::add(const base::memory_access& a, std::uint64_t words) {
  const std::uint64_t unit = m_config.word_bytes();
  std::uint64_t stride = 1;
  if (a.stream.pattern == base::access_pattern::random)
    stride = 0;
  else if (a.stream.pattern == base::access_pattern::strided)
    stride = std::max<std::uint64_t>(1, a.stream.stride / unit);
  requester r{a, words, a.address / unit / m_config.tiles, stride, a.write, tile_pace(m_config, a), 0};
  if (stride == 0)
    move_on(r);
  m_requesters.push_back(r);
}

void bank_machine::move_on(requester& r) {
  if (r.stride)
    r.word += r.stride;
  else // xorshift64*: deterministic, and random enough for bank numbers
    r.word = (r.word ^ (r.word >> 12) ^ 0x9e3779b97f4a7c15u) * 0x2545f4914f6cdd1du;
}

std::uint64_t bank_machine::soonest() const {
  std::uint64_t cycles = ~std::uint64_t{0};
  for (const auto& r : m_requesters) {
    const unsigned width = r.write ? m_config.write_words : m_config.read_words;
    cycles = std::min(cycles, (r.left + width - 1) / width);
  }
  return cycles;
}

std::vector<bank_machine::rest> bank_machine::release() {
  std::vector<rest> all;
  for (const requester& r : m_requesters)
    all.push_back({r.access, r.left});
  m_requesters.clear();
  return all;
}

void bank_machine::step(std::vector<std::uint64_t>& done) {
  std::uint64_t busy = 0;
  unsigned room[2] = {m_config.read_words, m_config.write_words};
  const std::size_t n = m_requesters.size();
  for (auto& r : m_requesters)
    r.credit = r.pace > 0 ? std::min(r.credit + r.pace, static_cast<double>(m_config.banks)) : 1e9;
  m_stopped.assign(n, false);
  bool write = false; // reads first: a stalled read stalls the datapath, a stalled write only a buffer
  for (bool moved = true; moved || !write;) { // a word each in turn, until nobody can go on
    write = write || !moved;
    moved = false;
    for (std::size_t i = 0; i < n; ++i) {
      const std::size_t at = (m_turn + i) % n;
      requester& r = m_requesters[at];
      if (m_stopped[at] || r.write != write)
        continue;
      const std::uint64_t bank = std::uint64_t{1} << ((r.stride ? r.word : r.word >> 40) % m_config.banks);
      if (r.left == 0 || room[r.write] == 0 || busy & bank || r.credit < 1) {
        m_stopped[at] = true;
        continue;
      }
      busy |= bank;
      --room[r.write];
      ++m_words[r.write];
      --r.left;
      r.credit -= 1;
      move_on(r);
      moved = true;
    }
  }
  m_turn = n ? (m_turn + 1) % n : 0;
  for (auto it = m_requesters.begin(); it != m_requesters.end();) {
    if (it->left > 0) {
      ++it;
      continue;
    }
    done.push_back(it->access.id);
    it = m_requesters.erase(it);
  }
}

} // namespace strata::sram
