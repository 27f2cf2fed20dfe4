// SPDX-License-Identifier: Apache-2.0
// The bursts that error correction adds to a channel: in-line check words through a small cache, and the read before a
// write of less than a code word. Kernel-free.
#pragma once

#include "models/base/memory_module.hpp"
#include "models/dram/config.hpp"

#include <cstdint>
#include <vector>

namespace strata::dram {

/// Bursts of `access` of which only a part is written and which are therefore read first: 0, 1 or 2.
unsigned partial_writes(const dram_config& c, const base::memory_access& access);

class check_traffic {
public:
  struct burst {
    std::uint64_t local; ///< number in the channel, see address_mapping
    bool write;
  };

  explicit check_traffic(const dram_config& c);
  /// Appends the bursts that have to be queued with data burst `local`.
  void before(std::uint64_t local, bool write, std::vector<burst>& out) {
    if (m_data > 0)
      look_up(local, write, out);
  }

private:
  struct line {
    std::uint64_t number;  ///< of the burst of check words
    std::uint64_t written; ///< data bursts whose check words are new, one bit each
    bool known;            ///< the others have been read
    std::uint64_t used;
  };
  void look_up(std::uint64_t local, bool write, std::vector<burst>& out);
  void evict(const line& l, std::vector<burst>& out) const;

  const std::uint64_t m_data;  ///< bursts that one of check words covers; 0 = there are none
  const std::uint64_t m_first; ///< local number of the first check words, above all data
  const std::size_t m_lines;
  std::vector<line> m_cache;
  std::uint64_t m_uses = 0;
};

} // namespace strata::dram
