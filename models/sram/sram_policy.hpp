// SPDX-License-Identifier: Apache-2.0
// Timing of an SRAM at both fidelities: burst steps the banks of one tile, which by symmetry stands for all; stream
// shares the rate that those banks sustain. Kernel-free.
#pragma once

#include "models/base/fluid_server.hpp"
#include "models/base/memory_module.hpp"
#include "models/sram/bank_machine.hpp"

#include <functional>
#include <map>
#include <memory>
#include <queue>
#include <tuple>
#include <vector>

namespace strata::sram {

/// Throws base::input_error where parameters do not fit each other.
std::unique_ptr<base::service_policy> make_policy(const sram_config& c);

/// Share of the data paths' peak that streams sustain against bank conflicts, measured once per kind and remembered.
class conflict_profile {
public:
  explicit conflict_profile(const sram_config& c) : m_config(c) {}
  /// A stream like `access` alone.
  double efficiency(const base::memory_access& access);
  /// Loss of either direction while the other one is busy as well, on top of that.
  double opposed(bool write);
  /// Time of `access` on an idle memory.
  base::femtoseconds idle_time(const base::memory_access& access);

private:
  const sram_config m_config;
  std::map<std::tuple<base::access_pattern, bool, std::uint64_t>, double> m_alone;
  double m_opposed[2] = {0, 0};
};

class burst_policy : public base::service_policy {
public:
  explicit burst_policy(const sram_config& c) : m_config(c), m_profile(c), m_tile(c), m_period(c.clock_period()) {}
  void start(base::femtoseconds now, const base::memory_access& access) override;
  base::femtoseconds next() const override;
  void advance(base::femtoseconds now, std::vector<std::uint64_t>& done) override;
  base::femtoseconds unloaded(const base::memory_access& access) const override { return m_profile.idle_time(access); }

private:
  void run(std::uint64_t until);
  const sram_config m_config;
  mutable conflict_profile m_profile;
  bank_machine m_tile;
  const base::femtoseconds m_period;
  std::uint64_t m_cycle = 0;
  std::vector<std::uint64_t> m_through;
  std::queue<std::pair<base::femtoseconds, std::uint64_t>> m_endings; ///< in order of time: latency is constant
};

class stream_policy : public base::service_policy {
public:
  explicit stream_policy(const sram_config& c);
  void start(base::femtoseconds now, const base::memory_access& access) override;
  base::femtoseconds next() const override;
  void advance(base::femtoseconds now, std::vector<std::uint64_t>& done) override;
  base::femtoseconds unloaded(const base::memory_access& access) const override { return m_profile.idle_time(access); }

private:
  void settle(base::femtoseconds now);
  const sram_config m_config;
  mutable conflict_profile m_profile;
  base::fluid_server m_flows[2]; ///< reads, writes; in bytes at peak
  const base::femtoseconds m_latency;
  std::vector<std::uint64_t> m_through;
  std::queue<std::pair<base::femtoseconds, std::uint64_t>> m_endings; ///< in order of time: latency is constant
};

} // namespace strata::sram
