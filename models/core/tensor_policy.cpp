// SPDX-License-Identifier: Apache-2.0
#include "models/core/tensor_policy.hpp"

#include <algorithm>

namespace strata::core {

using base::to_femtoseconds;

/// What the power limit leaves for memory traffic, over the energy of a byte.
double tensor_policy::stream_rate() const {
  if (m_config.power_limit.value() <= 0 || m_config.memory_energy.value() <= 0)
    return 0;
  const double left = m_config.power_limit.value() - m_config.static_power.value() - m_config.active_power.value();
  return std::max(1.0, left / (8 * m_config.memory_energy.value()));
}

execution_plan tensor_policy::plan(const command& c, unsigned) const {
  execution_plan p;
  p.launch = to_femtoseconds(c.flags & captured ? m_config.launch_latency : m_config.host_launch_latency);
  p.fill = to_femtoseconds(m_config.fill_latency);
  if (c.op == opcode::gemm || c.op == opcode::grouped_gemm || c.flags & dependent)
    p.launch -= std::min(p.launch, to_femtoseconds(m_config.launch_overlap));
  p.stream_rate = stream_rate();
  switch (c.op) {
  case opcode::gemm:
  case opcode::grouped_gemm:
    m_gemm.plan(c, p);
    break;
  case opcode::attention: m_attention.plan(c, p); break;
  case opcode::elementwise:
    p.vector_flop = static_cast<double>(c.work);
    p.engine[time_part::vector] = base::time_for(p.vector_flop, m_config.vector_rate.value());
    p.operand_rate = m_config.store_bandwidth.value();
    if (c.flags & foldable && m_config.attention.folds_rotary && bits_of(c.compute) <= 8)
      p.launch = p.fill = 0;
    break;
  default: break;
  }
  return p;
}

} // namespace strata::core
