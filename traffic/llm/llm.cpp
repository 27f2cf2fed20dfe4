// SPDX-License-Identifier: Apache-2.0
#include "traffic/llm/llm.hpp"

#include <algorithm>
#include <tuple>

namespace strata::traffic {

namespace {
constexpr double kept_bytes = 2; ///< of what is not quantised
} // namespace

bool attention_shape::operator==(const attention_shape& o) const {
  const auto all = [](const attention_shape& a) {
    return std::tie(a.heads, a.kv_heads, a.head_dim, a.value_dim, a.window.tokens, a.window.chunked, a.qk_norm, a.bias, a.output_bias,
                    a.query_latent, a.latent, a.rope_dim);
  };
  return all(*this) == all(o);
}

layer_elements elements_of(const layer_shape& l, unsigned hidden) {
  const attention_shape& a = l.attention;
  const ffn_shape& f = l.ffn;
  const double h = hidden, q = double(a.heads) * a.head_dim, out = double(a.heads) * a.value_dim;
  layer_elements e{out * h, 3 * h * f.width, 3 * h * f.experts * f.expert_width, 2 * h + h * f.experts, 0};
  if (a.latent) {
    e.low_rank = h * (a.query_latent + a.latent + a.rope_dim);
    e.attention += a.query_latent ? (h + q) * a.query_latent : h * q;
    e.attention += h * (a.latent + a.rope_dim) + double(a.latent) * a.heads * (a.head_dim - a.rope_dim + a.value_dim);
    e.kept += a.query_latent + a.latent;
  } else {
    const double kv = double(a.kv_heads) * (a.head_dim + a.value_dim);
    e.attention += h * (q + kv);
    e.kept += (a.qk_norm ? 2.0 * a.head_dim : 0) + (a.bias ? q + kv : 0);
  }
  e.kept += a.output_bias ? h : 0;
  return e;
}

void llm_architecture::add_layer(const layer_shape& l) {
  const auto known = std::find(kinds.begin(), kinds.end(), l);
  kind_of.push_back(static_cast<unsigned>(known - kinds.begin()));
  if (known == kinds.end())
    kinds.push_back(l);
}

bool llm_architecture::has_experts() const {
  return std::any_of(kinds.begin(), kinds.end(), [](const layer_shape& l) { return l.ffn.experts > 0; });
}

attention_window llm_architecture::window() const {
  for (const layer_shape& l : kinds)
    if (l.attention.window.tokens)
      return l.attention.window;
  return {};
}

double llm_architecture::parameter_count() const {
  double sum = double(vocab) * hidden * (tied_embeddings ? 1 : 2) + hidden;
  for (const unsigned k : kind_of) {
    const layer_elements e = elements_of(kinds[k], hidden);
    sum += e.attention + e.ffn + e.experts + e.kept;
  }
  return sum;
}

double llm_architecture::active_parameter_count() const {
  double sum = double(vocab) * hidden + hidden;
  for (const unsigned k : kind_of) {
    const layer_elements e = elements_of(kinds[k], hidden);
    const ffn_shape& f = kinds[k].ffn;
    sum += e.attention + e.ffn + e.kept + (f.experts ? e.experts * f.active / f.experts : 0);
  }
  return sum;
}

std::uint64_t llm_architecture::kv_elements_per_token() const {
  std::uint64_t sum = 0;
  for (const unsigned k : kind_of)
    sum += kinds[k].attention.kv_elements();
  return sum;
}

double llm_architecture::layer_weight_bytes(unsigned i, const weight_formats& formats) const {
  const layer_elements e = elements_of(layer(i), hidden);
  return e.attention * formats.attention.bytes() + e.ffn * formats.ffn.bytes() + e.experts * formats.experts.bytes() +
         e.kept * kept_bytes;
}

double llm_architecture::expert_bytes(unsigned i, const weight_formats& formats) const {
  return elements_of(layer(i), hidden).experts * formats.experts.bytes();
}

double llm_architecture::unshared_bytes(unsigned i, const weight_formats& formats) const {
  const layer_elements e = elements_of(layer(i), hidden);
  return e.low_rank * formats.attention.bytes() + e.kept * kept_bytes;
}

double llm_architecture::embedding_bytes() const { return double(vocab) * hidden * kept_bytes; }

double llm_architecture::weight_bytes(const weight_formats& formats) const {
  double sum = embedding_bytes() * (tied_embeddings ? 1 : 2) + hidden * kept_bytes;
  for (unsigned i = 0; i < layers(); ++i)
    sum += layer_weight_bytes(i, formats);
  return sum;
}

} // namespace strata::traffic
