// SPDX-License-Identifier: Apache-2.0
// Mean hops between edge and cores.
#include "models/fabric/mesh_paths.hpp"

#include "models/base/diagnostic.hpp"

#include <algorithm>

namespace strata::fabric {

mesh_paths_config::mesh_paths_config() {
  cores.columns = 750;
  cores.rows = 1200;
  cores.spare_columns = 0;
  cores.dead_share = 0;
}

void mesh_paths_config::parameters(base::parameter_list& p) {
  using base::between;
  cores.parameters(p);
  p.add("edges", edges, between(1, 64), "I/O ports, one above the other along the western edge");
  p.add("edge_rows", edge_rows, between(1, 4096), "rows by which one port's words enter and leave");
  p.add("regions", regions, between(1, 64), "stripes of columns, west to east, with a port each");
  p.add("word_bits", word_bits, between(8, 512), "width of a link, a word per cycle and direction");
  p.add("hop_cycles", timing.hop_cycles, between(1, 64), "router to router");
  p.add("ramp_cycles", timing.ramp_cycles, between(0, 64), "router to core");
  p.add("clock", clock, base::positive(), "clock of routers and cores");
}

void mesh_paths_config::validate() const {
  base::diagnostics problems;
  if (edges * edge_rows > cores.rows)
    problems.add({}, "edge_rows: " + std::to_string(edges) + " ports of " + std::to_string(edge_rows) + " rows, expected at most the " +
                         std::to_string(cores.rows) + " rows of the mesh");
  if (regions > cores.columns)
    problems.add({}, "regions: expected at most the " + std::to_string(cores.columns) + " columns of the mesh");
  problems.throw_if_any();
  base::defect_map{cores}; // says what it lacks
}

mesh_paths::mesh_paths(const mesh_paths_config& c) : m_config(c) {
  const base::defect_map map(c.cores);
  m_along = map.horizontal().mean * c.cores.columns / c.regions;
  // Words fan out from evenly spaced entry rows to the rows between: with s rows each, (s^2 - 1) / 4s on average.
  const double spacing = static_cast<double>(c.cores.rows) / (c.edges * c.edge_rows);
  m_across = map.vertical().mean * (spacing * spacing - 1) / (4 * spacing);
}

base::byte_rate mesh_paths::edge_bandwidth() const {
  return base::to_bytes(base::bit_rate::of(m_config.edge_rows * m_config.clock.value() * m_config.word_bits));
}

base::byte_rate mesh_paths::region_bandwidth() const { return edge_bandwidth() * m_config.edges; }

} // namespace strata::fabric
