// SPDX-License-Identifier: Apache-2.0
// One tile, cycle by cycle: reads go before writes, requesters of one direction take turns, each presents its
// words in order, and a bank serves one word a cycle. Kernel-free.
#pragma once

#include "models/base/memory_module.hpp"
#include "models/sram/config.hpp"

#include <cstdint>
#include <vector>

namespace strata::sram {

class bank_machine {
public:
  explicit bank_machine(const sram_config& c) : m_config(c) {}

  /// A requester of `words` words of this tile.
  void add(const base::memory_access& access, std::uint64_t words);
  bool idle() const { return m_requesters.empty(); }
  /// Fewest cycles until a requester can be through; needs !idle().
  std::uint64_t soonest() const;
  /// One cycle; appends the ids of requesters whose last word went.
  void step(std::vector<std::uint64_t>& done);
  std::uint64_t words(bool write) const { return m_words[write]; } ///< served so far

  struct rest {
    base::memory_access access;
    std::uint64_t words; ///< still to go
  };
  /// What is under way, which it then forgets.
  std::vector<rest> release();

private:
  struct requester {
    base::memory_access access;
    std::uint64_t left;
    std::uint64_t word;     ///< next bank address
    std::uint64_t stride;   ///< in words; 0 = random
    bool write;
    double pace;            ///< words per cycle that may come, 0 = no limit
    double credit;
  };
  static void move_on(requester& r);

  const sram_config m_config;
  std::vector<requester> m_requesters;
  std::vector<bool> m_stopped; ///< in the present cycle, by requester
  std::size_t m_turn = 0;
  std::uint64_t m_words[2] = {0, 0};
};

/// Words that `access` puts on its busiest tile.
std::uint64_t tile_words(const sram_config& c, const base::memory_access& access);
/// Of them, how many come per cycle at its rate limit: the last one with the access's last byte; 0 = no limit.
double tile_pace(const sram_config& c, const base::memory_access& access);

} // namespace strata::sram
