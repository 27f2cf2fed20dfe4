// SPDX-License-Identifier: Apache-2.0
// The regular mesh that a wafer's live cores make, and what its lines are like within a rectangle: how many links lie
// between their cores where dead ones are passed by, and how many lines share a link there. Kernel-free.
#pragma once

#include "models/base/mesh_collective.hpp"
#include "models/core/core_config.hpp"

#include <memory>
#include <vector>

namespace strata::core {

/// The rectangle of cores that a lane owns.
struct mesh_region {
  unsigned width = 1, height = 1;
  unsigned x = 0, y = 0; ///< its first core
  double cores() const { return double(width) * height; }
};

/// Rows, or columns, of a rectangle that work at the same time; all wait for the longest of them.
struct core_lines {
  std::vector<std::uint32_t> positions; ///< links from its first core to each; empty: a link from core to core
  double mean = 1;      ///< length of a line, of the longest one's
  unsigned sharing = 1; ///< lines whose words share the busiest link

  /// Links to the first `cores` cores.
  std::vector<std::uint32_t> first(unsigned cores) const;
  /// What `words` words over one line cost, `cost`, on all of them at once.
  base::collective_cost of_all(base::collective_cost cost, std::uint64_t words) const;
};

struct region_lines {
  core_lines rows, columns;
};

class core_mesh {
public:
  explicit core_mesh(const core_config& config);

  unsigned columns() const { return m_columns; }
  unsigned rows() const { return m_rows; }
  /// The wafer with its dead cores; none where all live.
  const base::defect_map* defects() const { return m_defects.get(); }
  /// Links per hop of the mesh, on average over rows and columns.
  double stretch() const { return m_stretch; }
  /// Of a rectangle of the mesh; one that reaches beyond it throws base::input_error.
  const region_lines& lines(const mesh_region& r) const;

private:
  unsigned m_columns, m_rows;
  double m_stretch = 1;
  std::shared_ptr<const base::defect_map> m_defects;
};

} // namespace strata::core
