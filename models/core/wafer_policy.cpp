// SPDX-License-Identifier: Apache-2.0
#include "models/core/wafer_policy.hpp"

#include <algorithm>
#include <cmath>

namespace strata::core {

namespace {
constexpr double activation_words = 0.5; ///< 16-bit activations on 32-bit links
constexpr double sum_words = 1;          ///< partial sums travel in fp32
} // namespace

double wafer_policy::broadcast_cycles(double cores, double words) const {
  return cores + words + 2.0 * m_config.ramp_cycles;
}

double wafer_policy::reduce_cycles(double cores, double words) const {
  const double depth = 2 * std::ceil(std::sqrt(cores));
  return cores + 2 * words + (2.0 * m_config.ramp_cycles + 1) * depth;
}

execution_plan wafer_policy::plan(const command& c, unsigned lanes) const {
  execution_plan p;
  const double cores = static_cast<double>(m_config.units) / lanes;
  const double side = std::max(1.0, std::floor(std::sqrt(cores))); // a lane is a near-square region of the mesh
  const double clock = m_config.clock.value();
  const double core_flop_per_cycle = m_config.flop_rate(c.compute) / m_config.units / clock;
  double cycles = 0;
  p.launch = base::to_femtoseconds(m_config.launch_latency);
  p.operand_rate = cores * m_config.unit_bandwidth.value();
  switch (c.op) {
  case opcode::gemm:
  case opcode::grouped_gemm: {
    const double k_slice = std::ceil(c.k / side), n_slice = std::ceil(c.n / side);
    const double tokens = double(c.m) * (c.op == opcode::gemm && c.batch ? c.batch : 1);
    const double compute = std::ceil(2 * k_slice * n_slice / core_flop_per_cycle) / m_config.matrix_efficiency;
    const double broadcast = k_slice * activation_words, reduce = n_slice * sum_words;
    // The first token pays distance and depth; further ones follow at the rate of the busiest resource.
    const double interval = std::max({compute, broadcast, 2 * reduce});
    cycles = broadcast_cycles(side, broadcast) + compute + reduce_cycles(side, reduce) + (tokens - 1) * interval;
    p.matrix_flop = useful_flop(c);
    p.fabric_byte_hops = tokens * side * (2.0 * c.k + 4.0 * c.n);
    break;
  }
  case opcode::attention: {
    // Keys and values are spread over the region: queries are broadcast, scores and weighted sums reduced twice
    // (soft-max statistics, output).
    p.matrix_flop = useful_flop(c);
    const double compute = p.matrix_flop / (core_flop_per_cycle * cores) / m_config.attention.efficiency;
    const double words = std::ceil(double(c.n) * c.k / side);
    const double interval = std::max(words * activation_words, 2 * words * sum_words);
    cycles = broadcast_cycles(side, words * activation_words) + 2 * reduce_cycles(side, words * sum_words) + compute +
             (double(c.m) - 1) * interval;
    p.launch += base::to_femtoseconds(m_config.attention_overhead);
    p.fabric_byte_hops = double(c.m) * side * double(c.n) * c.k * 6;
    break;
  }
  case opcode::elementwise:
    p.vector_flop = static_cast<double>(c.work);
    cycles = p.vector_flop / (m_config.vector_rate.value() / m_config.units * cores / clock);
    if (c.m > 0) // a norm reduces over the hidden dimension and broadcasts the result
      cycles += c.m * (reduce_cycles(side, 1) + broadcast_cycles(side, 1));
    break;
  case opcode::copy:
    // From one region to its neighbour: across the region, `side` links of 4 bytes a cycle.
    cycles = side + (c.operand_count ? static_cast<double>(c.operands[0].bytes) : 0) / (4 * side);
    p.fabric_byte_hops = (c.operand_count ? static_cast<double>(c.operands[0].bytes) : 0) * side;
    break;
  default: break;
  }
  p.engine = base::time_for(cycles, clock);
  return p;
}

} // namespace strata::core
