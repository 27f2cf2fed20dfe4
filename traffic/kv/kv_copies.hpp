// SPDX-License-Identifier: Apache-2.0
// Copies of KV that engines have issued: which wait for which, and which may start. Engines that have a store together have
// these together, since one may wait for another's. Kernel-free.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <vector>

namespace strata::traffic {

/// KV of `tokens` tokens on its way. Place 0 is the devices' own memory, place s + 1 store s.
struct kv_copy {
  std::uint64_t id;
  unsigned from, to;
  std::uint64_t tokens;
};

class kv_copies {
public:
  /// One more engine; its number, from 0.
  unsigned join();
  /// A copy of an engine, which starts when those of `after` have ended. Returns its id.
  std::uint64_t open(unsigned engine, unsigned from, unsigned to, std::uint64_t tokens, const std::set<std::uint64_t>& after);
  /// A copy of an engine that may start now, given out once.
  std::optional<kv_copy> next(unsigned engine);
  /// Throws std::invalid_argument where no such copy is open.
  void done(std::uint64_t id);
  /// An engine that had a copy wait for another engine's and may start it now.
  std::optional<unsigned> next_woken();
  std::size_t size() const { return m_open.size(); } ///< open ones

private:
  struct open_copy {
    kv_copy copy;
    unsigned engine;
    std::size_t waits = 0; ///< copies that must end first
    std::vector<std::uint64_t> followers;
  };
  std::map<std::uint64_t, open_copy> m_open;
  std::vector<std::deque<std::uint64_t>> m_ready; ///< by engine
  std::vector<unsigned> m_woken;
  std::uint64_t m_next_id = 1;
};

} // namespace strata::traffic
