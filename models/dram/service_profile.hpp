// SPDX-License-Identifier: Apache-2.0
// What the burst level shows about whole streams, measured once per kind of stream and remembered: sustained share of
// peak bandwidth, what starting up costs, activates per byte, and what streams that mix get. Kernel-free.
#pragma once

#include "models/base/memory_module.hpp"
#include "models/dram/address_mapping.hpp"
#include "models/dram/config.hpp"

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
  /// Bursts that the burst engine simulates of `access`.
  std::uint64_t simulated_bursts(const base::memory_access& access);
  /// Bytes of an access of kind `k` that puts `n` bursts on every channel it can reach.
  std::uint64_t full_bytes(kind_index k, std::uint64_t n) const { return n * m_config.burst_bytes() * m_kinds[k].lanes; }
  /// Share of peak bandwidth that an endless stream gets alone, refresh included.
  double efficiency(kind_index k) { return measured(k).alone.efficiency; }
  /// Rows that it opens alone.
  double activates_per_byte(kind_index k) { return measured(k).alone.activates_per_byte; }
  /// What a stream with `n` bursts on its busiest channel costs beyond `n` bursts at the sustained rate; means over all
  /// phases of refresh.
  struct startup_cost {
    double seconds;   ///< controller latency included
    double activates; ///< may be negative: a short stream can end before it opens its share of rows
  };
  startup_cost startup(kind_index k, std::uint64_t n);
  /// Mean time and activates of `access` on an otherwise idle memory.
  base::femtoseconds idle_time(const base::memory_access& access);
  double idle_activates(const base::memory_access& access);

  /// How concurrent streams share the memory.
  struct mix {
    double throughput; ///< relative to time-sharing at the efficiencies that they show alone
    struct stream {
      double share; ///< of the data rate, relative to the mean of the streams
      double activates_per_byte;
    };
    std::vector<stream> kinds; ///< by kind
  };
  /// The mix of `streams[k]` concurrent streams of each kind k. The reference lasts.
  const mix& mixed(const std::vector<unsigned>& streams);
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
    double efficiency; ///< of one stream, as a share of the memory's peak
    double activates_per_byte;
  };
  struct kind {
    traits t;
    rates alone{0, 0};                 ///< efficiency 0 = not measured yet
    unsigned lanes = 1;                ///< channels that a long stream reaches
    std::map<unsigned, startup_cost> startup; ///< by size (see sample_bursts), as far as measured
  };
  const kind& measured(kind_index k);
  unsigned reachable(const traits& t) const;
  base::memory_access example(const traits& t, std::uint64_t bytes, unsigned number) const;
  std::vector<rates> steady(const std::vector<unsigned>& streams) const;
  startup_cost mean_startup(kind_index k, std::uint64_t n);
  const startup_cost& startup_at(kind_index k, unsigned size);

  const dram_config m_config;
  const address_mapping m_mapping;
  const double m_peak;
  std::map<traits, kind_index> m_index;
  std::vector<kind> m_kinds;
  std::map<std::vector<unsigned>, mix> m_mixes;
};

} // namespace strata::dram
