// SPDX-License-Identifier: Apache-2.0
// What the burst level shows about whole streams, measured once per kind of stream and remembered: the pace that streams
// keep alone and together, and what a stream on an idle memory takes. Kernel-free.
#pragma once

#include "models/base/memory_module.hpp"
#include "models/dram/address_mapping.hpp"
#include "models/dram/config.hpp"

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace strata::dram {

using kind_index = std::size_t;

class service_profile {
public:
  explicit service_profile(const dram_config& c);
  /// The profile that all memories configured like `c` share as long as one of them lasts. What it answers depends on `c`
  /// alone, not on who asked what before.
  static std::shared_ptr<service_profile> of(const dram_config& c);

  /// The kind that `access` belongs to, by pattern, direction, stride and footprint.
  kind_index kind_of(const base::memory_access& access);

  /// What an endless stream does on each channel that it uses, in the mean over refreshes.
  struct pace {
    double bursts;    ///< per cycle
    double activates; ///< per burst
  };
  const pace& alone(kind_index k);
  /// By kind, where `streams[k]` endless streams of each kind k share their channels. The reference lasts.
  const std::vector<pace>& together(const std::vector<unsigned>& streams);

  /// Mean time and activates of `access` on an otherwise idle memory, over phases of refresh and placements.
  struct cost {
    double seconds, activates;
  };
  cost idle_cost(const base::memory_access& access);
  base::femtoseconds idle_time(const base::memory_access& access) {
    return base::to_femtoseconds(base::duration::of(idle_cost(access).seconds));
  }

private:
  struct traits {
    base::access_pattern pattern;
    bool write;
    std::uint64_t stride;
    unsigned footprint_log2; ///< random only
    bool operator<(const traits& o) const;
  };
  struct kind {
    traits t;
    unsigned lanes;             ///< channels that a long stream reaches
    pace alone{0, 0};           ///< 0 bursts = not measured yet
    std::vector<cost> startup;  ///< beyond the pace alone, by size (see sample_bursts), as far as measured
  };
  unsigned reachable(const traits& t) const;
  std::uint64_t lane_bursts(const kind& k, const base::memory_access& access) const;
  base::memory_access example(const traits& t, std::uint64_t bytes, unsigned number) const;
  std::vector<pace> steady(const std::vector<unsigned>& streams) const;
  cost sustained(kind_index k, std::uint64_t n, std::uint64_t bytes);
  cost mean_startup(kind_index k, std::uint64_t n);
  const cost& startup_at(kind_index k, unsigned size);
  cost startup(kind_index k, std::uint64_t n);

  const dram_config m_config;
  const address_mapping m_mapping;
  std::map<traits, kind_index> m_index;
  std::deque<kind> m_kinds; ///< of which references last
  std::map<std::vector<unsigned>, std::vector<pace>> m_together;
};

} // namespace strata::dram
