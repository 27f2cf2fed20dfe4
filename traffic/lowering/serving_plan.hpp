// SPDX-License-Identifier: Apache-2.0
// Where a model lives on a platform: which layers each device and lane computes, which memories hold weights, and how
// many tokens of KV cache fit in what is left. Kernel-free.
#pragma once

#include "traffic/llm/llm.hpp"
#include "traffic/llm/speculation.hpp"
#include "traffic/lowering/collective_group.hpp"
#include "traffic/lowering/placement.hpp"
#include "traffic/lowering/platform_view.hpp"
#include "traffic/lowering/step_shape.hpp"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace strata::traffic {

struct tensor_formats {
  weight_formats weights;
  number_format kv;
};

/// A rectangle of a mesh of cores.
struct floor_region {
  unsigned x = 0, y = 0, width = 0, height = 0; ///< no width: the device is no mesh
  double cores() const { return double(width) * height; }
};
/// Has `c` run on `r`.
inline void place(core::command& c, const floor_region& r) {
  c.x = static_cast<std::uint16_t>(r.x);
  c.y = static_cast<std::uint16_t>(r.y);
  c.width = static_cast<std::uint16_t>(r.width);
  c.height = static_cast<std::uint16_t>(r.height);
}

/// One pipeline stage: consecutive layers on one lane of one device (of every tensor rank alike). The first one embeds,
/// the last one has the LM head; on a mesh with lanes to spare that is one without layers.
struct pipeline_stage {
  unsigned device;      ///< index into platform_view::devices
  unsigned lane;
  unsigned first_layer;
  unsigned layers;
  floor_region region{};
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
  std::vector<double> layer_offset;  ///< bytes of weights before each of its layers; layers + 1 entries
  unsigned resident_layers = 0;      ///< of a mesh that streams its weights: the first layers, which stay on it
  double buffer_bytes = 0;           ///< of such a mesh: room for the weights of one layer, which it has twice

  bool streams() const { return buffer_bytes > 0; }
  /// Where KV begins in memory `tier`.
  double kv_offset(std::size_t tier) const { return weights_in[tier] + (tier == 0 ? 2 * buffer_bytes : 0); }
};

struct serving_plan {
  const platform_view* platform = nullptr;
  const llm_architecture* model = nullptr;
  tensor_formats formats;
  unsigned ranks = 1;                             ///< devices that share every layer
  unsigned sets = 1;                              ///< of ranks, each with all weights but whole experts: tokens of a step, and KV
                                                  ///< of every sequence, are dealt out to them (context parallelism)
  unsigned key_ranks = 1;                         ///< ranks that would have copies of the same heads' keys and have parts of every
                                                  ///< sequence's instead (decode context parallelism)
  bool data_attention = false;                    ///< each rank attends to sequences of its own, with all heads, dense networks and
                                                  ///< embeddings whole; experts are spread over all
  bool whole_experts = false;                     ///< ranks hold whole experts instead of slices of all (expert parallelism)
  std::vector<device_placement> devices;          ///< by pipeline index
  std::vector<pipeline_stage> stages;             ///< in order of layers
  std::vector<std::uint64_t> kv_capacity_tokens;  ///< per memory tier, over all groups or sets, the least over devices
  std::vector<std::uint64_t> store_capacity_tokens; ///< likewise, of the stores behind
  std::shared_ptr<const serving_plan> draft;      ///< of the drafter: one stage, where this plan's last one is; or null

  /// Ranks that split attention, dense networks and embeddings.
  unsigned split() const { return data_attention ? 1 : ranks / sets; }
  /// Ranks that share out a layer's experts.
  unsigned expert_ranks() const { return whole_experts ? ranks : split(); }
  /// Sets of sequences, each on ranks of its own.
  unsigned groups() const { return data_attention ? ranks : 1; }
  /// Into which the KV of a sequence is spread, beside its heads.
  unsigned kv_parts() const { return sets * key_ranks; }
  rank_division division() const { return {ranks, platform->node_ranks, sets, key_ranks}; }
  /// Key-value heads of a layer that a rank holds: with more ranks than heads, copies.
  unsigned kv_heads_on_rank(const attention_shape& a) const { return std::max(1u, a.kv_heads / split()); }
  /// KV bytes of a token in one layer on one rank that has it; the latent vector of MLA is on each that splits its heads.
  double kv_bytes(const attention_shape& a) const {
    const unsigned elements = a.latent ? a.kv_elements() : kv_heads_on_rank(a) * (a.head_dim + a.value_dim);
    return elements * formats.kv.bytes();
  }
};

/// What a plan leaves open.
struct plan_options {
  bool whole_experts = false;
  placement stages_on_mesh = placement::square;
  unsigned resident_layers = 0; ///< of a device that streams its weights: layers that stay on it
  drafter draft{}; ///< lives whole on the last stage's ranks, its weights and KV cache beside the model's
  unsigned replicas = 1;        ///< of the platform: each has its share of memories that they have together
  bool data_attention = false;  ///< see serving_plan; goes with whole experts
  unsigned sets = 1;            ///< likewise
  unsigned key_ranks = 1;       ///< likewise
};

/// Ranks that have copies of the same keys where `split` of them share a layer: the fewest of any layer.
unsigned copies_of_keys(const llm_architecture& model, unsigned split);

/// Plans `model` on `platform`, using the devices' `memory_share` of every memory. Throws base::input_error where heads or
/// layers cannot be divided, or where the weights do not fit a device or a core: then the message says by how many bytes
/// and what would help, the number of devices with which they do fit among it.
serving_plan make_plan(const platform_view& platform, const llm_architecture& model, tensor_formats formats,
                       const plan_options& options = {});

/// The least number of devices like the platform's first, more than it has and one behind the other in a pipeline, on
/// which the model has room and `fits` holds; none where the model's layers are too few for that.
std::optional<unsigned> devices_needed(const platform_view& platform, const llm_architecture& model, tensor_formats formats,
                                       const plan_options& options, const std::function<bool(const serving_plan&)>& fits);

} // namespace strata::traffic
