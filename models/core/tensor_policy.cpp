// SPDX-License-Identifier: Apache-2.0
#include "models/core/tensor_policy.hpp"

#include <algorithm>

namespace strata::core {

using base::to_femtoseconds;

execution_plan tensor_policy::plan(const command& c, unsigned) const {
  execution_plan p;
  p.launch = to_femtoseconds(c.flags & captured ? m_config.launch_latency : m_config.host_launch_latency);
  p.fill = to_femtoseconds(m_config.fill_latency);
  if (c.op == opcode::gemm || c.op == opcode::grouped_gemm || c.flags & dependent)
    p.launch -= std::min(p.launch, to_femtoseconds(m_config.launch_overlap));
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
