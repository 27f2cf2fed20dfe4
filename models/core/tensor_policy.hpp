// SPDX-License-Identifier: Apache-2.0
// Execution on tiled matrix engines (GPU-like): launch and fill of every kernel, then the model of its kind.
// Kernel-free.
#pragma once

#include "models/core/attention_model.hpp"
#include "models/core/gemm_model.hpp"

namespace strata::core {

class tensor_policy : public execution_policy {
public:
  explicit tensor_policy(const core_config& config) : m_config(config), m_gemm(config), m_attention(config) {}
  execution_plan plan(const command& c, unsigned lanes) const override;

  /// B/s of operand streams within the power limit, 0 = no limit.
  double stream_rate() const;

private:
  const core_config& m_config;
  gemm_model m_gemm;
  attention_model m_attention;
};

} // namespace strata::core
