// SPDX-License-Identifier: Apache-2.0
// How long fused attention keeps tiled matrix engines busy. Kernel-free.
#pragma once

#include "models/core/core_config.hpp"
#include "models/core/execution_policy.hpp"

namespace strata::core {

class attention_model {
public:
  explicit attention_model(const core_config& config) : m_config(config) {}
  /// Fills in the engine's part of the plan of `c`, an opcode::attention.
  void plan(const command& c, execution_plan& p) const;

private:
  const core_config& m_config;
};

} // namespace strata::core
