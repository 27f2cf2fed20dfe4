// SPDX-License-Identifier: Apache-2.0
// The shape of a decoder-only transformer and what follows from it: parameters, weight bytes, KV cache per token.
// Layers may differ: dense or mixture of experts, all context or a window of it. Kernel-free.
#pragma once

#include "traffic/llm/attention_window.hpp"
#include "traffic/llm/number_format.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace strata::traffic {

/// Attention of one layer: grouped-query, or latent (MLA: keys and values of all heads are formed from one cached
/// vector of `latent` elements and `rope_dim` rotary ones).
struct attention_shape {
  unsigned heads = 0;
  unsigned kv_heads = 0;       ///< = heads where latent
  unsigned head_dim = 0;       ///< of queries and keys
  unsigned value_dim = 0;      ///< of values
  attention_window window;
  bool qk_norm = false;        ///< queries and keys are normalised per head
  bool bias = false;           ///< on queries, keys and values
  bool output_bias = false;
  unsigned query_latent = 0;   ///< rank of the query projection, latent only; 0 = full
  unsigned latent = 0;         ///< 0 = grouped-query
  unsigned rope_dim = 0;       ///< latent only: rotary part of head_dim

  bool operator==(const attention_shape& o) const;
  /// Elements cached per token.
  unsigned kv_elements() const { return latent ? latent + rope_dim : kv_heads * (head_dim + value_dim); }
};

/// Feed-forward network of one layer: gated, three matrices of `width`, always active (dense, or shared experts), and
/// `experts` of `expert_width`, of which each token takes `active`.
struct ffn_shape {
  unsigned width = 0;
  unsigned experts = 0, active = 0, expert_width = 0;

  bool operator==(const ffn_shape& o) const {
    return width == o.width && experts == o.experts && active == o.active && expert_width == o.expert_width;
  }
};

struct layer_shape {
  attention_shape attention;
  ffn_shape ffn;
  bool operator==(const layer_shape& o) const { return attention == o.attention && ffn == o.ffn; }
};

/// Matrix elements of a layer, by what decides their storage.
struct layer_elements {
  double attention;
  double ffn;     ///< dense, and shared experts
  double experts; ///< all of them
  double kept;    ///< norms, biases, router: always 16 bit
  double low_rank; ///< of attention: projections to latent vectors, which tensor ranks do not share out
};
layer_elements elements_of(const layer_shape& l, unsigned hidden);

struct llm_architecture {
  std::string name;
  unsigned hidden = 0;
  unsigned vocab = 0;
  unsigned max_context = 0;       ///< tokens
  bool tied_embeddings = false;   ///< the LM head is the embedding
  std::vector<layer_shape> kinds; ///< of layers, each different from the others
  std::vector<unsigned> kind_of;  ///< index into kinds, by layer

  unsigned layers() const { return static_cast<unsigned>(kind_of.size()); }
  const layer_shape& layer(unsigned i) const { return kinds[kind_of[i]]; }
  void add_layer(const layer_shape& l);
  bool has_experts() const;
  /// The window that some layers have; no model has several.
  attention_window window() const;

  double parameter_count() const;
  /// Parameters that meet a token: of the experts only the active ones, and no embedding.
  double active_parameter_count() const;
  /// Elements of the KV cache over all layers.
  std::uint64_t kv_elements_per_token() const;
  /// Bytes of layer `i`.
  double layer_weight_bytes(unsigned i, const weight_formats& formats) const;
  /// Of these its routed experts'.
  double expert_bytes(unsigned i, const weight_formats& formats) const;
  /// Of these what every tensor rank holds whole.
  double unshared_bytes(unsigned i, const weight_formats& formats) const;
  /// Bytes of the embedding; an untied LM head has as many.
  double embedding_bytes() const;
  double weight_bytes(const weight_formats& formats) const;
};

} // namespace strata::traffic
