// SPDX-License-Identifier: Apache-2.0
// Stream fidelity. An access that has the memory to itself takes what its like take in the mean; short ones that meet
// are simulated burst by burst, because what they cost hangs on where they lie; once a long one is among those that
// meet, all are flows. So the cost of an access is bounded, however long it is. Kernel-free.
#pragma once

#include "models/dram/burst_engine.hpp"
#include "models/dram/dram_policy.hpp"
#include "models/dram/flow_sharing.hpp"
#include "models/dram/service_profile.hpp"

#include <memory>
#include <vector>

namespace strata::dram {

class stream_policy : public dram_policy {
public:
  explicit stream_policy(const dram_config& c);

  void start(base::femtoseconds now, const base::memory_access& access) override;
  base::femtoseconds next() const override;
  void advance(base::femtoseconds now, std::vector<std::uint64_t>& done) override;
  base::femtoseconds unloaded(const base::memory_access& access) const override { return m_profile.idle_time(access); }
  double activates(const base::memory_access& access) const override;

private:
  struct short_access {
    base::memory_access access;
    base::femtoseconds start;
  };
  void simulate(const short_access& s) { m_engine->start(s.start, s.access); }
  bool long_for_company(const base::memory_access& access) const;
  void share(base::femtoseconds now);

  const dram_config m_config;
  mutable service_profile m_profile; ///< remembers what it has measured
  std::unique_ptr<burst_engine> m_engine;
  flow_sharing m_flows;
  std::vector<short_access> m_short; ///< under way, not as flows
  base::femtoseconds m_alone = base::never; ///< when the only access, which the engine does not know of, ends
  base::femtoseconds m_now = 0;
  std::vector<burst_engine::finished> m_ended; ///< by the latest advance()
};

} // namespace strata::dram
