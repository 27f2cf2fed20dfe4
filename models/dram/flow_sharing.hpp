// SPDX-License-Identifier: Apache-2.0
// Accesses as flows that share the memory at the efficiency that their kinds, and mixes of them, show at burst level;
// the cost of one does not depend on its length. Kernel-free.
#pragma once

#include "models/base/fluid_server.hpp"
#include "models/dram/burst_engine.hpp"
#include "models/dram/service_profile.hpp"

#include <functional>
#include <queue>
#include <vector>

namespace strata::dram {

class flow_sharing {
public:
  /// `profile` lasts longer.
  flow_sharing(const dram_config& c, service_profile& profile);

  void start(base::femtoseconds now, const base::memory_access& access);
  /// Takes over an access of which `done` is behind it.
  void go_on(base::femtoseconds now, const base::memory_access& access, const burst_engine::work& done);
  bool idle() const { return m_flows.size() == 0 && m_endings.empty(); }
  /// Next instant at which a flow ends or leaves its bandwidth to others; `never` when idle.
  base::femtoseconds next() const;
  void advance(base::femtoseconds now, std::vector<burst_engine::finished>& done);

private:
  struct flow {
    kind_index kind;
    bool fits_queue;            ///< all of it waits at once, so that the others close none of its rows too early
    double efficiency;
    base::femtoseconds startup;
    double activates;           ///< so far
    double activates_per_unit;  ///< from here on, of
    double left;                ///< units in the fluid server
  };
  struct ending {
    base::femtoseconds at;
    std::uint64_t order;
    std::uint64_t id;
    bool operator>(const ending& o) const { return at != o.at ? at > o.at : order > o.order; }
  };
  void add(base::femtoseconds now, const base::memory_access& access, const flow& f);
  void count(kind_index k, int change);
  void settle(base::femtoseconds now);

  service_profile& m_profile;
  base::fluid_server m_flows;        ///< in bytes at peak: a byte of a kind with efficiency e counts 1/e
  const std::uint64_t m_queue, m_burst; ///< bursts; bytes
  const base::femtoseconds m_tail[2];   ///< last column command to the last byte, of reads and of writes
  std::vector<flow> m_flow;          ///< by access id
  std::vector<unsigned> m_mix;       ///< flows by kind
  bool m_mix_changed = false;
  std::priority_queue<ending, std::vector<ending>, std::greater<>> m_endings;
  std::uint64_t m_ended = 0;
  std::vector<std::uint64_t> m_through;
};

} // namespace strata::dram
