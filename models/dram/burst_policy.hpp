// SPDX-License-Identifier: Apache-2.0
// Burst fidelity: every access runs burst by burst through the channels. Kernel-free.
#pragma once

#include "models/dram/burst_engine.hpp"
#include "models/dram/dram_policy.hpp"
#include "models/dram/service_profile.hpp"

#include <vector>

namespace strata::dram {

class burst_policy : public dram_policy {
public:
  explicit burst_policy(const dram_config& c) : m_engine(c), m_profile(c) {}

  void start(base::femtoseconds now, const base::memory_access& access) override { m_engine.start(now, access); }
  base::femtoseconds next() const override { return m_engine.next(); }
  void advance(base::femtoseconds now, std::vector<std::uint64_t>& done) override;
  base::femtoseconds unloaded(const base::memory_access& access) const override { return m_profile.idle_time(access); }
  double activates(const base::memory_access& access) const override;

  burst_engine& engine() { return m_engine; }

private:
  burst_engine m_engine;
  mutable service_profile m_profile; ///< remembers what it has measured
  std::vector<burst_engine::finished> m_ended; ///< by the latest advance()
};

} // namespace strata::dram
