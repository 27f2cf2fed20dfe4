// SPDX-License-Identifier: Apache-2.0
// Timing of an SRAM at both fidelities: burst steps the banks of one tile, which by symmetry stands for all; stream does so
// for short accesses, and as soon as there is a long one shares out the rate that those banks sustain. Kernel-free.
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

/// What streams get of a tile against bank conflicts, alone and together, measured once per mix and remembered.
class conflict_profile {
public:
  explicit conflict_profile(const sram_config& c) : m_config(c) {}

  /// Accesses whose words meet alike: pattern, direction, stride over the banks, and the banks that the stride never leaves.
  using kind = std::tuple<base::access_pattern, bool, std::uint64_t, std::uint64_t>;
  kind kind_of(const base::memory_access& access) const;
  /// Words per cycle of a tile that each of `streams` gets, by kind. The reference lasts.
  const std::map<kind, double>& together(const std::map<kind, unsigned>& streams);
  double alone(const kind& k) { return together({{k, 1}}).at(k); }
  /// Time of `access` on an idle memory.
  base::femtoseconds idle_time(const base::memory_access& access);

private:
  std::map<kind, double> measure(const std::map<kind, unsigned>& streams) const;
  const sram_config m_config;
  std::map<std::map<kind, unsigned>, std::map<kind, double>> m_known;
};

class burst_policy : public base::service_policy {
public:
  explicit burst_policy(const sram_config& c) : m_config(c), m_profile(c), m_tile(c), m_period(c.clock_period()) {}
  void start(base::femtoseconds now, const base::memory_access& access) override;
  base::femtoseconds next() const override;
  void advance(base::femtoseconds now, std::vector<std::uint64_t>& done) override;
  base::femtoseconds unloaded(const base::memory_access& access) const override { return m_profile.idle_time(access); }
  /// Stops at `now`: what is not through, which it then forgets.
  std::vector<bank_machine::rest> release(base::femtoseconds now);

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
  void flow(base::femtoseconds now, const base::memory_access& access, std::uint64_t words);
  void settle(base::femtoseconds now);
  const sram_config m_config;
  mutable conflict_profile m_profile;
  burst_policy m_short;        ///< simulates while nothing flows
  base::fluid_server m_flows;  ///< in seconds that a flow takes alone
  struct stream_flow {
    conflict_profile::kind kind;
    double alone;              ///< words per cycle
    double speed;              ///< compared with alone
  };
  std::map<std::uint64_t, stream_flow> m_flowing;          ///< by access id
  std::map<conflict_profile::kind, unsigned> m_mix;        ///< flows by kind
  const base::femtoseconds m_latency;
  std::vector<std::uint64_t> m_through;
  std::queue<std::pair<base::femtoseconds, std::uint64_t>> m_endings; ///< in order of time: latency is constant
};

} // namespace strata::sram
