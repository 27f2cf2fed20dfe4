// SPDX-License-Identifier: Apache-2.0
// Execution on a mesh of small cores (wafer-like): every operator is broadcast along columns, computed where the
// weights are, and reduced along rows; at decode its time is hops and dependencies, not bandwidth. Kernel-free.
#pragma once

#include "models/core/core_config.hpp"
#include "models/core/execution_policy.hpp"

namespace strata::core {

class wafer_policy : public execution_policy {
public:
  explicit wafer_policy(const core_config& config) : m_config(config) {}
  execution_plan plan(const command& c, unsigned lanes) const override;

  /// Cycles of a two-phase row reduction of `words` 32-bit words over `cores` cores: distance, serialisation and
  /// (2 * ramp + 1) cycles per dependent addition, after the cost model of Luczynski et al., HPDC 2024.
  double reduce_cycles(double cores, double words) const;
  /// Cycles of a multicast of `words` words over `cores` cores.
  double broadcast_cycles(double cores, double words) const;

private:
  const core_config& m_config;
};

} // namespace strata::core
