// SPDX-License-Identifier: Apache-2.0
// The shape of a dense transformer, read from a Hugging Face config.json exactly as published, and what follows from
// it: parameters, weight bytes, KV cache per token. Kernel-free.
#pragma once

#include "models/core/command.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace strata::traffic {

/// A decoder of `layers` equal layers: grouped-query attention over the whole context and a gated feed-forward network.
/// Storage: linear layers in the type asked for; embeddings, LM head, norms and biases stay 16 bit, as in FP8
/// checkpoints.
struct llm_architecture {
  std::string name;
  unsigned layers = 0;
  unsigned hidden = 0;
  unsigned heads = 0;
  unsigned kv_heads = 0;
  unsigned head_dim = 0;
  unsigned ffn = 0;
  unsigned vocab = 0;
  unsigned max_context = 0;      ///< tokens
  bool tied_embeddings = false;  ///< the LM head is the embedding
  bool qk_norm = false;          ///< queries and keys are normalised per head
  bool attention_bias = false;   ///< on all four projections

  double parameter_count() const;
  /// Elements of K and V over all layers.
  std::uint64_t kv_elements_per_token() const;
  /// Bytes of one layer with linear weights of `type`, scale factors of block formats left out.
  double layer_weight_bytes(core::data_type type) const;
  /// Bytes of the embedding; an untied LM head has as many.
  double embedding_bytes() const;
  /// Bytes of the whole model with linear weights of `type`.
  double weight_bytes(core::data_type type) const;
};

/// Reads `text`, the content of `file`. Throws base::input_error (file:line) where it is no JSON, the model family is
/// not supported, a key is missing or ill-typed, or the model is not dense with full attention. Keys without
/// influence on the shape are ignored, `quantization_config` among them: number formats are the caller's choice.
llm_architecture parse_llm(const std::string& name, const std::string& file, const std::string& text);

/// Loads a bundled model by name (a folder with a config.json in one of `directories`), or a config.json, or its
/// folder. Throws base::input_error, listing what is bundled where nothing is found.
llm_architecture load_llm(const std::string& name_or_path, const std::vector<std::string>& directories);

/// Names of the models in `directories`, sorted.
std::vector<std::string> bundled_models(const std::vector<std::string>& directories);

} // namespace strata::traffic
