// SPDX-License-Identifier: Apache-2.0
#include "models/core/array_policy.hpp"

#include <algorithm>
#include <cmath>

namespace strata::core {

namespace {
constexpr double soft_max_flop = 5; ///< of a query-key pair and head: largest, difference, exponential, sum, scale
}

/// Attention is two products per sequence and key head, keys and then values lying in the arrays, the queries that share
/// them flowing through. Experts of a grouped product count as evenly filled.
array_cycles array_policy::cycles_of(const command& c) const {
  const double batch = std::max(1u, c.batch);
  switch (c.op) {
  case opcode::gemm: return m_arrays.multiply(batch, c.m, c.n, c.k, c.compute);
  case opcode::grouped_gemm: return m_arrays.multiply(std::min<double>(batch, c.m), std::ceil(c.m / batch), c.n, c.k, c.compute);
  case opcode::attention: {
    const double tokens = std::max(1u, c.m), key_heads = c.kv_heads ? c.kv_heads : c.n;
    const double keys = std::max(1.0, static_cast<double>(c.work) / tokens); // of a query, on average
    const double rows = std::ceil(tokens / batch * c.n / key_heads);
    array_cycles all = m_arrays.multiply(batch * key_heads, rows, keys, c.k, c.compute);
    all += m_arrays.multiply(batch * key_heads, rows, c.value_dim ? c.value_dim : c.k, keys, c.compute);
    return all;
  }
  default: return {};
  }
}

execution_plan array_policy::plan(const command& c, unsigned) const {
  execution_plan p;
  begin(c, p);
  const array_cycles cycles = cycles_of(c);
  const double clock = m_config.clock.value();
  p.matrix_flop = useful_flop(c);
  if (c.op == opcode::elementwise)
    p.vector_flop = static_cast<double>(c.work);
  if (c.op == opcode::attention)
    p.vector_flop = soft_max_flop * static_cast<double>(c.work) * c.n;
  p.engine[time_part::mma] = base::time_for(std::ceil(cycles.stream), clock);
  p.engine[time_part::weights] = base::time_for(std::ceil(cycles.weights), clock);
  p.engine[time_part::fill] = base::time_for(std::ceil(cycles.fill), clock);
  p.multiply = p.engine[time_part::mma];
  // Soft-max of a tile goes on while the arrays work on the next; what it takes longer than they is left.
  const base::femtoseconds vector = base::time_for(std::ceil(p.vector_flop / m_config.vector_rate.value() * clock), clock);
  p.engine[time_part::vector] = vector - std::min(vector, p.engine.total());
  return p;
}

void systolic_policy::begin(const command& c, execution_plan& p) const {
  p.launch = base::to_femtoseconds(c.flags & captured ? m_config.launch_latency : m_config.host_launch_latency);
  p.fill = base::to_femtoseconds(m_config.fill_latency);
}

void scheduled_policy::begin(const command&, execution_plan& p) const {
  p.launch = base::time_for(std::ceil(m_config.launch_latency.value() * m_config.clock.value()), m_config.clock.value());
}

} // namespace strata::core
