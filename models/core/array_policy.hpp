// SPDX-License-Identifier: Apache-2.0
// Execution on weight-stationary matrix arrays with vector units beside them. Systolic (TPU, Trainium, Maia): commands are
// launched, operands come from a memory into the scratchpad first. Scheduled (LPU): a compiler has placed every operand
// and instruction, so an operator follows the one before after a fixed number of cycles; no cache, nothing varies.
// Kernel-free.
#pragma once

#include "models/core/execution_policy.hpp"
#include "models/core/matrix_arrays.hpp"

namespace strata::core {

class array_policy : public execution_policy {
public:
  explicit array_policy(const core_config& config) : m_config(config), m_arrays(config) {}
  execution_plan plan(const command& c, unsigned lanes) const override;

protected:
  /// Launch and fill of `c`: what the two kinds differ in.
  virtual void begin(const command& c, execution_plan& p) const = 0;
  const core_config& m_config;

private:
  array_cycles cycles_of(const command& c) const;
  matrix_arrays m_arrays;
};

class systolic_policy : public array_policy {
  using array_policy::array_policy;
  void begin(const command& c, execution_plan& p) const override;
};

class scheduled_policy : public array_policy {
  using array_policy::array_policy;
  void begin(const command& c, execution_plan& p) const override;
};

} // namespace strata::core
