// SPDX-License-Identifier: Apache-2.0
// The attention of a layer: what prompts and decodes see of their contexts, and the commands of grouped and of latent heads.
#include "traffic/lowering/stage_writer.hpp"
#include "traffic/lowering/vector_work.hpp"

#include <cmath>

namespace strata::traffic {

using core::opcode;
using core::operand_use;

namespace {
double share(std::uint64_t part, std::uint64_t whole) { return whole ? double(part) / double(whole) : 0; }
} // namespace

stage_writer::part stage_writer::prompts(const attention_shape& a) const {
  const bool windowed = a.window.tokens > 0;
  if (m_plan.sets > 1)
    return windowed ? window_of_a_set(a) : prompts_of_a_set(a);
  const step_shape& s = m_shape;
  return {s.prefill_tokens, s.prefill_sequences, a.heads / m_plan.split(), s.prefill_context,
          windowed ? s.prefill_window_pairs : s.prefill_pairs,
          windowed ? share(s.prefill_window_keys, s.prefill_context) : 1, s.prefill_kv, a.window.tokens};
}

stage_writer::part stage_writer::decodes(const attention_shape& a) const {
  const step_shape& s = m_plan.sets > 1 ? m_step : m_shape;
  const bool windowed = a.window.tokens > 0;
  const std::uint64_t keys = s.decode_context + s.decode_tokens();
  const std::uint64_t of_first = windowed ? s.decode_window_keys : s.decode_context + s.decode_sequences;
  // Drafted tokens see what the first one sees, and those between.
  const std::uint64_t drafted = s.decode_queries - 1, between = s.decode_sequences * drafted * (drafted + 1) / 2;
  const part p{s.decode_tokens(), s.decode_sequences, a.heads / m_plan.split() * m_plan.key_ranks, keys, of_first * s.decode_queries + between,
               windowed ? share(of_first + s.decode_sequences * drafted, keys) : 1, s.decode_kv, a.window.tokens};
  return m_plan.kv_parts() > 1 ? decodes_of_a_part(p) : p;
}

double stage_writer::grouped_attention(const attention_shape& a, double at) {
  const std::uint32_t heads = a.heads / m_plan.split();
  const std::uint32_t qkv = heads * a.head_dim + m_plan.kv_heads_on_rank(a) * (a.head_dim + a.value_dim);
  const number_format& format = m_plan.formats.weights.attention;
  at = gemm(m_tokens, qkv, m_model.hidden, format, at);
  rotate(a, qkv);
  const row_width row{double(heads) * a.head_dim, double(heads) * a.value_dim, heads};
  if (m_shape.prefill_tokens > 0)
    attend_prompts(a, row, [&](const part& p, bool) { attend(a, p); });
  if (m_shape.decode_sequences > 0)
    attend_decodes(a, row, [&](const part& p) { attend(a, p); });
  return gemm(m_tokens, m_model.hidden, heads * a.value_dim, format, at);
}

/// Queries and the latent vector come by low-rank projections that every rank computes whole. Prompts expand the latent
/// vectors to keys and values of all heads; decodes absorb that expansion into queries and outputs and attend to the
/// latent vectors themselves, as all heads share them.
double stage_writer::latent_attention(const attention_shape& a, double at) {
  const std::uint32_t heads = a.heads / m_plan.split(), plain_dim = a.head_dim - a.rope_dim;
  const number_format& format = m_plan.formats.weights.attention;
  at = gemm(m_tokens, a.query_latent + a.latent + a.rope_dim, m_model.hidden, format, at);
  if (a.query_latent)
    at = gemm(m_tokens, heads * a.head_dim, a.query_latent, format, at);
  else
    at = gemm(m_tokens, heads * a.head_dim, m_model.hidden, format, at);
  rotate(a, heads * a.rope_dim + a.kv_elements());
  const double expansion = at;
  at += double(a.latent) * heads * (plain_dim + a.value_dim) * format.bytes();
  const auto attend_expanded = [&](const part& p, bool other_keys) {
    if (other_keys) {
      gemm(static_cast<std::uint32_t>(p.context), heads * (plain_dim + a.value_dim), a.latent, format, expansion);
      for (unsigned t = 0; t < tiers(); ++t)
        kv(m_out.back(), operand_use::read, t, double(p.kv_tokens[t]) * m_plan.kv_bytes(a));
    }
    command& c = attention_command(p, heads, a.head_dim, a.value_dim);
    put_activation(c, operand_use::read, double(p.context) * heads * (a.head_dim + a.value_dim) * activation_bytes);
    put_activation(c, operand_use::read, double(p.tokens) * heads * a.head_dim * activation_bytes);
    put_activation(c, operand_use::write_activation, double(p.tokens) * heads * a.value_dim * activation_bytes);
    m_flop += core::useful_flop(c);
  };
  if (m_shape.prefill_tokens > 0)
    attend_prompts(a, {double(heads) * a.head_dim, double(heads) * a.value_dim, heads}, attend_expanded);
  if (const std::uint32_t tokens = m_shape.decode_tokens(); tokens > 0) {
    const double values = gemm(tokens, a.latent, plain_dim, format, expansion, heads);
    attend_decodes(a, {double(heads) * (a.latent + a.rope_dim), double(heads) * a.latent, heads},
                   [&](const part& p) { attend_latent(a, p); });
    gemm(tokens, a.value_dim, a.latent, format, values, heads);
  }
  return gemm(m_tokens, m_model.hidden, heads * a.value_dim, format, at);
}

/// Rotary embedding of queries and keys, which also writes the new keys and values to the cache.
void stage_writer::rotate(const attention_shape& a, std::uint32_t width) {
  vector_work(rope_ops * m_tokens * width, double(m_tokens) * width, double(m_tokens) * width);
  command& c = m_out.back();
  c.compute = m_plan.formats.kv.product;
  if (m_shape.prefill_tokens == 0)
    c.flags |= core::foldable;
  const double written = double(m_tokens) * m_plan.kv_bytes(a) / m_plan.key_ranks;
  for (unsigned t = 0; t < tiers(); ++t)
    kv(c, operand_use::write, t, written * tier_share(t));
}

/// How contexts are spread over the sequences is not known here, so they count as alike.
stage_writer::command& stage_writer::attention_command(const part& p, std::uint32_t kv_heads, unsigned dim,
                                                       unsigned value_dim) {
  command& c = add(opcode::attention);
  c.m = p.tokens;
  c.n = p.heads;
  c.k = dim;
  c.kv_heads = static_cast<std::uint16_t>(kv_heads);
  c.value_dim = static_cast<std::uint16_t>(value_dim);
  c.batch = p.sequences;
  c.context = static_cast<std::uint32_t>((p.context + p.sequences - 1) / p.sequences);
  c.work = p.pairs;
  c.compute = m_plan.formats.kv.product;
  return c;
}

void stage_writer::attend(const attention_shape& a, const part& p) {
  command& c = attention_command(p, m_plan.kv_heads_on_rank(a), a.head_dim, a.value_dim);
  c.window = p.window;
  for (unsigned t = 0; t < tiers(); ++t)
    kv(c, operand_use::read, t, double(p.kv_tokens[t]) * p.seen * m_plan.kv_bytes(a));
  put_activation(c, operand_use::read, double(p.tokens) * p.heads * a.head_dim * activation_bytes);
  put_activation(c, operand_use::write_activation, double(p.tokens) * p.heads * a.value_dim * activation_bytes);
  m_flop += core::useful_flop(c);
}

void stage_writer::attend_latent(const attention_shape& a, const part& p) {
  command& c = attention_command(p, 1, a.latent + a.rope_dim, a.latent);
  for (unsigned t = 0; t < tiers(); ++t)
    kv(c, operand_use::read, t, double(p.kv_tokens[t]) * m_plan.kv_bytes(a));
  put_activation(c, operand_use::read, double(p.tokens) * p.heads * (a.latent + a.rope_dim) * activation_bytes);
  put_activation(c, operand_use::write_activation, double(p.tokens) * p.heads * a.latent * activation_bytes);
  m_flop += core::useful_flop(c);
}
} // namespace strata::traffic
