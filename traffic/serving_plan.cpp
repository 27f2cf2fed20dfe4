// SPDX-License-Identifier: Apache-2.0
#include "traffic/serving_plan.hpp"

#include "models/base/diagnostic.hpp"
#include "traffic/floorplan.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace strata::traffic {

namespace {

std::string gigabytes(double bytes) {
  std::array<char, 32> text;
  std::snprintf(text.data(), text.size(), "%.2f GB", bytes / 1e9);
  return text.data();
}

/// The memories that may hold weights, less what is reserved.
double room_for_weights(const device_view& view) {
  double room = 0;
  for (std::size_t t = view.weights_from; t < view.memories.size(); ++t)
    room += static_cast<double>(view.memories[t].capacity) * view.memory_share;
  return room;
}

/// Of weights that do not fit: by how much, and what would help.
std::string shortage(const serving_plan& plan, double needed, double shortfall) {
  const double room = room_for_weights(plan.platform->devices.front().front());
  char bytes[32];
  std::snprintf(bytes, sizeof bytes, "%.0f", shortfall);
  std::string text = plan.model->name + " in " + to_text(plan.formats.weights) + " needs " + gigabytes(needed) +
                     " for its weights; a device has room for " + gigabytes(room) + " of weights and KV cache, and one is " +
                     bytes + " bytes short. Expected ";
  if (room > 0)
    text += std::to_string(static_cast<unsigned>(std::ceil(needed / room))) + " or more such devices, ";
  return text + "more memory or a narrower --weights type";
}

/// Fills in what one rank of a device with `d`'s layers holds.
void place_layers(const serving_plan& plan, device_placement& d, bool first, bool last) {
  const llm_architecture& m = *plan.model;
  const double per_rank = 1.0 / plan.ranks;
  d.layer_offset.push_back(0);
  for (unsigned i = d.first_layer; i < d.first_layer + d.layers; ++i) {
    const double unshared = m.unshared_bytes(i, plan.formats.weights);
    d.layer_offset.push_back(d.layer_offset.back() + unshared +
                             (m.layer_weight_bytes(i, plan.formats.weights) - unshared) * per_rank);
    d.kv_bytes_per_token += plan.kv_bytes(m.layer(i).attention);
  }
  d.weight_bytes = d.layer_offset.back();
  if (first)
    d.weight_bytes += m.embedding_bytes() * per_rank;
  if (last && !(first && m.tied_embeddings))
    d.weight_bytes += m.embedding_bytes() * per_rank; // the LM head has the embedding's shape
}

/// What cannot be divided over the platform's devices.
void check_division(const serving_plan& plan, unsigned devices, base::diagnostics& problems) {
  const llm_architecture& m = *plan.model;
  const base::source_location where{plan.platform->path, 0};
  const std::string ranks = std::to_string(plan.ranks);
  for (const layer_shape& l : m.kinds)
    if (l.attention.heads % plan.ranks) {
      problems.add(where, m.name + " has " + std::to_string(l.attention.heads) + " attention heads, which " + ranks +
                              " tensor-parallel devices cannot share evenly");
      break;
    }
  for (const layer_shape& l : m.kinds)
    if (l.ffn.experts && !plan.whole_experts && l.ffn.expert_width % plan.ranks) {
      problems.add(where, m.name + " has experts of width " + std::to_string(l.ffn.expert_width) + ", which " + ranks +
                              " tensor-parallel devices cannot slice evenly, expected --expert-parallel");
      break;
    }
  if (m.layers() < devices)
    problems.add(where, m.name + " has " + std::to_string(m.layers()) + " layers, fewer than the " +
                            std::to_string(devices) + " devices of the pipeline");
}

} // namespace

serving_plan make_plan(const platform_view& platform, const llm_architecture& model, tensor_formats formats,
                       bool whole_experts, placement stages_on_mesh) {
  serving_plan plan;
  plan.whole_experts = whole_experts;
  plan.platform = &platform;
  plan.model = &model;
  plan.formats = formats;
  plan.ranks = platform.tensor_ranks;
  base::diagnostics problems;
  const base::source_location where{platform.path, 0};
  const auto devices = static_cast<unsigned>(platform.devices.size());
  check_division(plan, devices, problems);
  problems.throw_if_any();

  double shortfall = 0, needed = 0;
  for (unsigned p = 0; p < devices; ++p) {
    const device_view& view = platform.devices[p].front();
    device_placement d;
    d.first_layer = model.layers() * p / devices;
    d.layers = model.layers() * (p + 1) / devices - d.first_layer;
    const bool head_apart = view.mesh.columns && p + 1 == devices && view.lanes > d.layers;
    d.lanes = std::min(view.lanes, d.layers) + head_apart;
    place_layers(plan, d, p == 0, p + 1 == devices);
    double left = d.weight_bytes;
    for (std::size_t t = 0; t < view.memories.size(); ++t) {
      const double room = static_cast<double>(view.memories[t].capacity) * view.memory_share;
      const double taken = t < view.weights_from ? 0 : std::min(left, room);
      d.weights_in.push_back(taken);
      d.kv_room.push_back(room - taken);
      left -= taken;
    }
    shortfall = std::max(shortfall, left);
    needed += d.weight_bytes * plan.ranks;
    const unsigned of_layers = d.lanes - head_apart;
    for (unsigned lane = 0; lane < of_layers; ++lane) {
      const unsigned first = d.layers * lane / of_layers;
      plan.stages.push_back({p, lane, d.first_layer + first, d.layers * (lane + 1) / of_layers - first});
    }
    if (head_apart)
      plan.stages.push_back({p, of_layers, d.first_layer + d.layers, 0});
    plan.devices.push_back(std::move(d));
  }
  if (shortfall > 0)
    throw base::input_error(where, shortage(plan, needed, shortfall));
  place_stages(plan, stages_on_mesh);
  const std::size_t tiers = plan.devices.front().kv_room.size();
  for (std::size_t t = 0; t < tiers && t < max_tiers; ++t) {
    double tokens = 1e18;
    for (const device_placement& d : plan.devices)
      tokens = std::min(tokens, t < d.kv_room.size() ? d.kv_room[t] / d.kv_bytes_per_token : 0);
    for (const pipeline_stage& s : plan.stages)
      if (t == 0 && s.region.width)
        tokens = std::min(tokens, kv_tokens(plan, s)); // a rectangle is full when its fullest core is
    plan.kv_capacity_tokens.push_back(static_cast<std::uint64_t>(tokens));
  }
  for (std::size_t s = 0; s < platform.devices.front().front().stores.size(); ++s) {
    double tokens = 1e18;
    for (unsigned p = 0; p < devices; ++p)
      tokens = std::min(tokens, static_cast<double>(platform.devices[p].front().stores[s].capacity) /
                                    plan.devices[p].kv_bytes_per_token);
    plan.store_capacity_tokens.push_back(static_cast<std::uint64_t>(tokens));
  }
  return plan;
}

} // namespace strata::traffic
