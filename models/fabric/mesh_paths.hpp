// SPDX-License-Identifier: Apache-2.0
// How bytes get from the I/O edge of a wafer to its cores and back: hops, cycles, bandwidth. Kernel-free.
#pragma once

#include "models/base/defect_map.hpp"
#include "models/base/reduce_tree.hpp"
#include "models/fabric/energy.hpp"

namespace strata::fabric {

/// Defaults: a WSE-3 without defects, its I/O along the whole western edge, one region.
struct mesh_paths_config {
  base::defect_config cores; ///< the regular mesh and the wafer that it is on
  unsigned edges = 1;     ///< I/O ports, one above the other along the western edge
  unsigned edge_rows = 1200; ///< rows by which one port's words enter, evenly spaced over its share of the edge
  unsigned regions = 1;   ///< stripes of columns, west to east
  unsigned word_bits = 32;
  base::mesh_timing timing;
  base::frequency clock = base::frequency::of(972.2e6);

  mesh_paths_config();
  void parameters(base::parameter_list& p);
  /// Throws base::input_error naming what does not fit.
  void validate() const;
};

class mesh_paths {
public:
  explicit mesh_paths(const mesh_paths_config& c);

  /// Mean links that a word passes between the edge and a core of `region`: along its row to the core's column, and from
  /// its entry row to the core's row, longer by the detours around dead cores.
  double hops(unsigned region) const { return m_along * (region + 0.5) + m_across; }
  double mean_hops() const { return m_along * m_config.regions / 2 + m_across; }
  /// One way, the core's ramp included.
  base::duration latency(double hops) const {
    return base::duration::of((hops * m_config.timing.hop_cycles + m_config.timing.ramp_cycles) / m_config.clock.value());
  }
  /// All links by which words enter a region, or leave by a port of the edge.
  base::byte_rate region_bandwidth() const;
  base::byte_rate edge_bandwidth() const;

private:
  const mesh_paths_config m_config;
  double m_along = 0;  ///< links across a region
  double m_across = 0; ///< links from row to row
};

} // namespace strata::fabric
