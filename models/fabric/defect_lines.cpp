// SPDX-License-Identifier: Apache-2.0
// Walks from core to core of a line, along the row first passed and then down, as detours go.
#include "models/fabric/defect_lines.hpp"

namespace strata::fabric {

mesh_line row_line(const base::defect_map& map, unsigned row) {
  std::vector<std::uint32_t> members = map.along_row(row, 0, map.columns());
  mesh_line l = straight_line(map.y(row) * map.width() + map.x(0, row), 1, members.back() + 1);
  l.members = std::move(members);
  return l;
}

mesh_line column_line(const base::defect_map& map, unsigned column) {
  mesh_line l;
  unsigned px = map.x(column, 0), py = map.y(0);
  for (unsigned row = 0; row < map.rows(); ++row) {
    for (; py < map.y(row); ++py)
      l.path.push_back(py * map.width() + px);
    for (; px != map.x(column, row); px < map.x(column, row) ? ++px : --px)
      l.path.push_back(py * map.width() + px);
    l.members.push_back(static_cast<std::uint32_t>(l.path.size()));
  }
  l.path.push_back(py * map.width() + px);
  return l;
}

} // namespace strata::fabric
