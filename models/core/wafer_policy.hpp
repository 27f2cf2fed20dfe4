// SPDX-License-Identifier: Apache-2.0
// Execution on a mesh of small cores (wafer-like): a lane is a rectangle of the mesh, every operator is multicast down
// its columns, computed where the weights are, and reduced along its rows; at decode its time is hops and dependencies,
// not bandwidth. Kernel-free.
#pragma once

#include "models/core/core_mesh.hpp"
#include "models/core/execution_policy.hpp"

namespace strata::core {

class wafer_policy : public execution_policy {
public:
  explicit wafer_policy(const core_config& config)
      : m_config(config), m_mesh(config), m_timing{config.hop_cycles, config.ramp_cycles} {}
  const core_mesh& mesh() const { return m_mesh; }
  /// On the rectangle that the command names, or one of `lanes` equal ones.
  execution_plan plan(const command& c, unsigned lanes) const override;

  /// Of equal regions that the mesh can be cut into for `lanes` lanes, those with the longest shorter side.
  mesh_region region_of(unsigned lanes) const;
  /// One of `tokens` reductions of `words` fp32 words over a line of `cores` cores that follow each other, `interval`
  /// cycles apart or more: over the tree that is best for one of them, or a chain, which loads each link only once.
  base::collective_cost reduce(unsigned cores, std::uint64_t words, double tokens = 1, double interval = 0,
                               const core_lines& lines = {}) const;
  /// Multicast of `words` words along a line of `cores` cores.
  base::collective_cost broadcast(unsigned cores, std::uint64_t words, const core_lines& lines = {}) const;

private:
  struct path;
  path gemm(const command& c, const mesh_region& r) const;
  path attention(const command& c, const mesh_region& r) const;
  path elementwise(const command& c, const mesh_region& r) const;
  path copy(const command& c, const mesh_region& r) const;
  double flop_per_cycle(data_type t) const { return m_config.flop_rate(t) / m_config.units / m_config.clock.value(); }

  const core_config m_config;
  const core_mesh m_mesh;
  base::mesh_timing m_timing;
};

} // namespace strata::core
