// SPDX-License-Identifier: Apache-2.0
// What the burst level shows about whole streams, measured once per kind of stream and remembered: sustained share of
// peak bandwidth, start-up time, activates per byte, and the loss when streams mix. Kernel-free.
#pragma once

#include "models/base/memory_module.hpp"
#include "models/dram/address_mapping.hpp"
#include "models/dram/config.hpp"

#include <array>
#include <map>
#include <vector>

namespace strata::dram {

using kind_index = std::size_t;

class service_profile {
public:
  explicit service_profile(const dram_config& c);

  /// The kind that `access` belongs to, by pattern, direction, stride and footprint.
  kind_index kind_of(const base::memory_access& access);
  /// Bursts that `access`, of kind `k`, puts on its busiest channel.
  std::uint64_t lane_bursts(kind_index k, const base::memory_access& access) const;
  /// Bytes of an access of kind `k` that puts `n` bursts on every channel it can reach.
  std::uint64_t full_bytes(kind_index k, std::uint64_t n) const { return n * m_config.burst_bytes() * m_kinds[k].lanes; }
  /// Share of peak bandwidth that an endless stream gets alone, refresh included.
  double efficiency(kind_index k);
  double activates_per_byte(kind_index k);
  /// Mean time (over all phases of refresh) of a stream with `n` bursts on its busiest channel, beyond the time of `n`
  /// bursts at the sustained rate; controller latency included.
  base::femtoseconds startup(kind_index k, std::uint64_t n);
  /// Mean time of `access` on an otherwise idle memory.
  base::femtoseconds idle_time(const base::memory_access& access);
  /// Throughput of `streams[k]` concurrent streams of each kind k, relative to time-sharing at their own efficiencies.
  double interference(const std::vector<unsigned>& streams);
  double peak() const { return m_peak; }

private:
  struct traits {
    base::access_pattern pattern;
    bool write;
    std::uint64_t stride;
    unsigned footprint_log2; ///< random only
    bool operator<(const traits& o) const;
  };
  struct rates {
    double efficiency;
    double activates_per_byte;
  };
  struct kind {
    traits t;
    rates steady{0, 0};            ///< efficiency 0 = not measured yet
    unsigned lanes = 1;            ///< channels that a long stream reaches
    std::vector<double> startup_s; ///< at 1, 2, 4 ... bursts, as far as measured
  };
  const kind& measured(kind_index k);
  unsigned reachable(const traits& t) const;
  base::memory_access example(const traits& t, std::uint64_t bytes, unsigned number) const;
  rates steady(const std::vector<unsigned>& streams) const;
  double mean_time(kind_index k, std::uint64_t n) const;
  double startup_at(kind_index k, unsigned log2_bursts);

  const dram_config m_config;
  const address_mapping m_mapping;
  const double m_peak;
  std::map<traits, kind_index> m_index;
  std::vector<kind> m_kinds;
  std::map<std::vector<unsigned>, double> m_interference;
};

} // namespace strata::dram
