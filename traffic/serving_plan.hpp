// SPDX-License-Identifier: Apache-2.0
// Where a model lives on a platform: which layers each device and lane computes, which memories hold weights, and how
// many tokens of KV cache fit in what is left. Kernel-free.
#pragma once

#include "models/base/diagnostic.hpp"
#include "traffic/llm.hpp"
#include "traffic/platform_view.hpp"
#include "traffic/step_shape.hpp"

#include <cstdint>
#include <vector>

namespace strata::traffic {

struct number_formats {
  core::data_type weights = core::data_type::bf16; ///< linear layers; embeddings, norms and LM head stay 16 bit
  core::data_type kv = core::data_type::bf16;
};

/// One pipeline stage: consecutive layers on one lane of one device (of every tensor rank alike).
struct pipeline_stage {
  unsigned device;      ///< index into platform_view::devices
  unsigned lane;
  unsigned first_layer;
  unsigned layers;
};

/// Memory use of one device (per tensor rank).
struct device_placement {
  unsigned first_layer = 0;
  unsigned layers = 0;
  unsigned lanes = 1;
  double weight_bytes = 0;
  std::vector<double> weights_in;    ///< bytes of weights in each memory, fastest first
  std::vector<double> kv_room;       ///< bytes left for KV in each memory
  double kv_bytes_per_token = 0;
};

struct serving_plan {
  const platform_view* platform = nullptr;
  const llm_architecture* model = nullptr;
  number_formats formats;
  unsigned ranks = 1;                             ///< tensor parallelism
  unsigned kv_heads_per_rank = 1;
  std::vector<device_placement> devices;          ///< by pipeline index
  std::vector<pipeline_stage> stages;             ///< in order of layers
  std::vector<std::uint64_t> kv_capacity_tokens;  ///< per memory tier, the least over devices
};

/// Plans `model` on `platform`, using `memory_share` of every memory (the rest is left to activations, code and the
/// runtime). Throws base::input_error where heads or layers cannot be divided, or where the weights do not fit: then
/// the message says by how many bytes and what would help.
serving_plan make_plan(const platform_view& platform, const llm_architecture& model, number_formats formats,
                       double memory_share);

} // namespace strata::traffic
