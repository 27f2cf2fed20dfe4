// SPDX-License-Identifier: Apache-2.0
// Stream fidelity: an access is one flow that shares the memory with the others at the efficiency its kind shows at
// burst level; its cost does not depend on its length. Kernel-free.
#pragma once

#include "models/base/fluid_server.hpp"
#include "models/dram/dram_policy.hpp"
#include "models/dram/service_profile.hpp"

#include <functional>
#include <queue>
#include <vector>

namespace strata::dram {

class stream_policy : public dram_policy {
public:
  explicit stream_policy(const dram_config& c)
      : m_profile(c), m_flows(m_profile.peak()), m_queue(c.read_queue) {}

  void start(base::femtoseconds now, const base::memory_access& access) override;
  base::femtoseconds next() const override;
  void advance(base::femtoseconds now, std::vector<std::uint64_t>& done) override;
  base::femtoseconds unloaded(const base::memory_access& access) const override { return m_profile.idle_time(access); }
  double activates(const base::memory_access& access) const override;

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
  void count(kind_index k, int change);
  void settle(base::femtoseconds now);

  mutable service_profile m_profile; ///< remembers what it has measured
  base::fluid_server m_flows;        ///< in bytes at peak: a byte of a kind with efficiency e counts 1/e
  const unsigned m_queue;
  std::vector<flow> m_flow;          ///< by access id
  std::vector<unsigned> m_mix;       ///< flows by kind
  bool m_mix_changed = false;
  std::priority_queue<ending, std::vector<ending>, std::greater<>> m_endings;
  std::uint64_t m_ended = 0;
  std::vector<std::uint64_t> m_through;
};

} // namespace strata::dram
