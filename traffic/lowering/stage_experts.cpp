// SPDX-License-Identifier: Apache-2.0
// The experts of a layer: where rows go, and the commands that multiply them.
#include "traffic/llm/expert_routing.hpp"
#include "traffic/lowering/stage_writer.hpp"
#include "traffic/lowering/vector_work.hpp"

#include <algorithm>
#include <cmath>

namespace strata::traffic {

using core::opcode;
using core::operand_use;

/// Router, tokens gathered by expert, two grouped products, results weighted and added up. Ranks hold a slice of every
/// expert, or whole experts; the commands are those of the rank with most rows. Where experts are spread over more ranks than
/// have a token, one of these sends it once to every rank with one of its experts, in the width that these multiply, and gets
/// one sum back.
///
/// Fused products gather rows themselves: they are sorted by number only, each rank gets all tokens, and choices of other ranks'
/// experts go through its kernels as zeros.
double stage_writer::experts(const ffn_shape& f, double at) {
  const bool whole = m_plan.whole_experts, fused = m_plan.platform->fused_experts;
  const unsigned held = whole ? (f.experts + m_plan.ranks - 1) / m_plan.ranks : f.experts;
  const std::uint32_t width = whole ? f.expert_width : f.expert_width / m_plan.split();
  const double tokens = whole ? m_step.tokens() : m_tokens, choices = tokens * f.active;
  const double rows = whole && m_plan.ranks > 1 ? expected_load(choices, m_plan.ranks, 1).fullest : choices;
  const double as_if = tokens * rows / choices * f.experts / held; // tokens that would give every rank as many rows
  const double touched = std::min(rows, expected_load(as_if, f.experts, f.active).touched * held / f.experts);
  const double fullest = expected_load(tokens, f.experts, f.active).fullest, seen = fused ? choices : rows;
  const number_format& format = m_plan.formats.weights.experts;
  const bool apart = m_plan.expert_ranks() > m_plan.split();
  const double own_tokens = double(m_tokens) / m_plan.split(), all = tokens * m_model.hidden * activation_bytes;
  // Of a token's experts several may be on one rank.
  const double reached = m_plan.ranks * (1 - std::pow(1 - 1.0 / m_plan.ranks, f.active)), sent = own_tokens * reached * m_model.hidden;
  const double held_tokens = apart ? std::min(seen, tokens) : m_tokens;
  const kernel_tile tile = fused && (by_blocks(format) || !m_plan.platform->tuned_experts) ? untuned_tile(tokens, held, format) : kernel_tile{};
  at = gemm(m_tokens, f.experts, m_model.hidden, {}, at);
  vector_work(route_ops * m_tokens * f.experts, double(m_tokens) * f.experts, double(m_tokens) * f.active);
  if (apart && fused)
    exchange(opcode::all_gather, all, all_ranks);
  else if (apart)
    exchange(opcode::all_to_all, sent * (format.quantises_activations() ? format.bytes() : activation_bytes), all_ranks);
  if (!fused)
    vector_work(rows * m_model.hidden, held_tokens * m_model.hidden, rows * m_model.hidden);
  for (unsigned i = 0; fused && i < sorting_kernels; ++i)
    vector_work(choices, choices, choices);
  at = grouped_gemm({rows, touched, fullest, fused ? tokens : rows, seen}, 2 * width, m_model.hidden, format, tile, at);
  vector_work(silu_ops * seen * width, 2 * seen * width, seen * width);
  at = grouped_gemm({rows, touched, fullest, seen, seen}, m_model.hidden, width, format, tile, at);
  vector_work(2 * seen * m_model.hidden, seen * m_model.hidden, held_tokens * m_model.hidden);
  if (apart && fused) {
    exchange(opcode::reduce_scatter, all, all_ranks);
  } else if (apart) {
    exchange(opcode::all_to_all, sent * activation_bytes, all_ranks);
    vector_work(sent, sent, own_tokens * m_model.hidden);
  }
  return at;
}

/// Weights are [n,k] each; without a tile the fastest is taken.
double stage_writer::grouped_gemm(const grouped_rows& r, std::uint32_t n, std::uint32_t k, const number_format& format, kernel_tile tile,
                                  double at) {
  quantise(static_cast<std::uint32_t>(std::ceil(r.read)), k, format);
  command& c = add(opcode::grouped_gemm);
  c.m = static_cast<std::uint32_t>(std::ceil(r.rows));
  c.n = n;
  c.k = k;
  c.batch = static_cast<std::uint32_t>(std::ceil(r.touched));
  c.work = static_cast<std::uint64_t>(std::ceil(r.fullest));
  c.compute = format.product;
  c.flags |= format.block_scaled ? core::block_scaled : 0;
  c.tile_rows = tile.rows;
  c.tile_columns = tile.columns;
  c.tile_depth = tile.depth;
  const double size = r.touched * n * k * format.bytes();
  weights(c, at, size);
  put_activation(c, operand_use::read, r.read * k * activation_bytes);
  put_activation(c, operand_use::write_activation, r.written * n * activation_bytes);
  m_flop += core::useful_flop(c);
  return at + size;
}

} // namespace strata::traffic
