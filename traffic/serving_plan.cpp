// SPDX-License-Identifier: Apache-2.0
#include "traffic/serving_plan.hpp"

#include "models/base/quantity.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace strata::traffic {

namespace {

std::string gigabytes(double bytes) {
  std::array<char, 32> text;
  std::snprintf(text.data(), text.size(), "%.2f GB", bytes / 1e9);
  return text.data();
}

double free_for(const memory_view& m, double memory_share) { return static_cast<double>(m.capacity) * memory_share; }

/// Bytes of weights that one rank of a device with `placement`'s layers holds.
double weight_bytes(const serving_plan& plan, const device_placement& d, bool first, bool last) {
  const llm_architecture& m = *plan.model;
  const double per_rank = 1.0 / plan.ranks;
  double bytes = d.layers * m.layer_weight_bytes(plan.formats.weights) * per_rank;
  if (first)
    bytes += m.embedding_bytes() * per_rank;
  if (last && !(first && m.tied_embeddings))
    bytes += m.embedding_bytes() * per_rank; // the LM head has the embedding's shape
  return bytes;
}

} // namespace

serving_plan make_plan(const platform_view& platform, const llm_architecture& model, number_formats formats,
                       double memory_share) {
  serving_plan plan;
  plan.platform = &platform;
  plan.model = &model;
  plan.formats = formats;
  plan.ranks = platform.tensor_ranks;
  base::diagnostics problems;
  const base::source_location where{platform.path, 0};
  const auto devices = static_cast<unsigned>(platform.devices.size());
  if (model.heads % plan.ranks)
    problems.add(where, model.name + " has " + std::to_string(model.heads) + " attention heads, which " +
                            std::to_string(plan.ranks) + " tensor-parallel devices cannot share evenly");
  if (model.layers < devices)
    problems.add(where, model.name + " has " + std::to_string(model.layers) + " layers, fewer than the " +
                            std::to_string(devices) + " devices of the pipeline");
  problems.throw_if_any();
  plan.kv_heads_per_rank = std::max(1u, model.kv_heads / plan.ranks);

  double shortfall = 0, needed = 0;
  for (unsigned p = 0; p < devices; ++p) {
    const device_view& view = platform.devices[p].front();
    device_placement d;
    d.first_layer = model.layers * p / devices;
    d.layers = model.layers * (p + 1) / devices - d.first_layer;
    d.lanes = std::min(view.lanes, d.layers);
    d.weight_bytes = weight_bytes(plan, d, p == 0, p + 1 == devices);
    d.kv_bytes_per_token = 2.0 * d.layers * plan.kv_heads_per_rank * model.head_dim * core::bits_of(formats.kv) / 8;
    double left = d.weight_bytes;
    for (const memory_view& m : view.memories) {
      const double room = free_for(m, memory_share);
      const double taken = std::min(left, room);
      d.weights_in.push_back(taken);
      d.kv_room.push_back(room - taken);
      left -= taken;
    }
    shortfall = std::max(shortfall, left);
    needed += d.weight_bytes * plan.ranks;
    for (unsigned lane = 0; lane < d.lanes; ++lane) {
      const unsigned first = d.layers * lane / d.lanes;
      plan.stages.push_back({p, lane, d.first_layer + first, d.layers * (lane + 1) / d.lanes - first});
    }
    plan.devices.push_back(std::move(d));
  }
  if (shortfall > 0)
    throw base::input_error(where, model.name + " in " + core::name_of(formats.weights) + " needs " + gigabytes(needed) +
                                       " for its weights; a device is " + gigabytes(shortfall) +
                                       " short. Expected more devices, more memory or a narrower --weights type");
  const std::size_t tiers = plan.devices.front().kv_room.size();
  for (std::size_t t = 0; t < tiers && t < max_tiers; ++t) {
    double tokens = 1e18;
    for (const device_placement& d : plan.devices)
      tokens = std::min(tokens, t < d.kv_room.size() ? d.kv_room[t] / d.kv_bytes_per_token : 0);
    plan.kv_capacity_tokens.push_back(static_cast<std::uint64_t>(tokens));
  }
  return plan;
}

} // namespace strata::traffic
