// SPDX-License-Identifier: Apache-2.0
#include "traffic/lowering/serving_plan.hpp"

#include "traffic/lowering/floorplan.hpp"
#include "traffic/lowering/no_room.hpp"

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

/// Of weights that do not fit: by how much.
std::string shortage(const serving_plan& plan, double needed, double shortfall) {
  const double room = room_for_weights(plan.platform->devices.front().front());
  return plan.model->name + " in " + to_text(plan.formats.weights) + " needs " + gigabytes(needed) +
         " for its weights; a device has room for " + gigabytes(room) + " of weights and KV cache, and one is " +
         std::to_string(std::llround(shortfall)) + " bytes short";
}

/// Fills in what one rank of a device with `d`'s layers holds.
void place_layers(const serving_plan& plan, device_placement& d, bool first, bool last) {
  const llm_architecture& m = *plan.model;
  const double per_rank = 1.0 / plan.split(), per_expert_rank = 1.0 / plan.expert_ranks();
  d.layer_offset.push_back(0);
  for (unsigned i = d.first_layer; i < d.first_layer + d.layers; ++i) {
    const double unshared = m.unshared_bytes(i, plan.formats.weights);
    const double divisible = m.layer_weight_bytes(i, plan.formats.weights) - unshared;
    const double experts = plan.expert_ranks() == plan.split() ? 0 : m.expert_bytes(i, plan.formats.weights);
    d.layer_offset.push_back(d.layer_offset.back() + unshared + (divisible - experts) * per_rank + experts * per_expert_rank);
    d.kv_bytes_per_token += plan.kv_bytes(m.layer(i).attention);
  }
  d.weight_bytes = d.layer_offset.back();
  if (first)
    d.weight_bytes += m.embedding_bytes() * per_rank;
  if (last && !(first && m.tied_embeddings))
    d.weight_bytes += m.embedding_bytes() * per_rank; // the LM head has the embedding's shape
}

/// A mesh computes one layer at a time, while the next one's weights arrive in the other half of a double buffer.
void stream_layers(const serving_plan& plan, device_placement& d, const device_view& view, unsigned resident) {
  const base::source_location where{plan.platform->path, 0};
  if (view.lanes < 2)
    throw base::input_error(where, view.name + " streams weights with " + std::to_string(view.lanes) +
                                       " lane, expected max_lanes of 2 or more: one computes, one fetches");
  if (resident > d.layers)
    throw base::input_error(where, std::to_string(resident) + " resident layers given, expected at most the " +
                                       std::to_string(d.layers) + " of a device");
  d.resident_layers = resident;
  d.buffer_bytes = plan.model->embedding_bytes() / plan.ranks;
  for (unsigned i = resident; i < d.layers; ++i)
    d.buffer_bytes = std::max(d.buffer_bytes, d.layer_offset[i + 1] - d.layer_offset[i]);
  const double needed = d.layer_offset[resident] + 2 * d.buffer_bytes;
  const double room = static_cast<double>(view.memories.front().capacity) * view.memory_share;
  if (needed > room)
    throw base::input_error(where, plan.model->name + ": " + std::to_string(resident) + " resident layers and a double buffer need " +
                                       gigabytes(needed) + ", and there are " + gigabytes(room) + " for them: " +
                                       std::to_string(std::llround(needed - room)) +
                                       " bytes short. Expected fewer resident layers or narrower --weights such as fp8");
}

/// What sets of ranks that share tokens need, and what is not modelled with them.
void check_sets(const serving_plan& plan, base::diagnostics& problems) {
  if (plan.sets == 1)
    return;
  const base::source_location where{plan.platform->path, 0};
  const rank_division d = plan.division();
  const std::string sets = std::to_string(plan.sets) + " context-parallel sets";
  if (d.ranks % d.sets)
    throw base::input_error(where, sets + " of " + std::to_string(d.ranks) + " ranks given, expected a divisor of the ranks");
  if (d.node_ranks % d.block() || d.set_ranks() % d.block())
    problems.add(where, sets + " of " + std::to_string(d.set_ranks()) + " ranks given, which neither divide nor are divided by the " +
                            std::to_string(d.node_ranks) + " ranks of a node, expected sets that do");
  if (plan.data_attention)
    problems.add(where, sets + " given with ranks that have sequences of their own, expected one of the two");
  if (plan.platform->devices.front().front().mesh.columns)
    problems.add(where, sets + " given for a mesh of cores, which is not modelled, expected devices without one");
}

/// What ranks that have parts of the same heads' keys need, and what is not modelled with them.
void check_key_ranks(const serving_plan& plan, base::diagnostics& problems) {
  if (plan.key_ranks == 1)
    return;
  const base::source_location where{plan.platform->path, 0};
  const std::string given = "keys dealt out to " + std::to_string(plan.key_ranks) + " ranks";
  if (const unsigned copies = copies_of_keys(*plan.model, plan.split()); copies % plan.key_ranks)
    problems.add(where, given + " given, expected a divisor of the " + std::to_string(copies) + " of " + std::to_string(plan.split()) +
                            " ranks that have copies of the same keys of " + plan.model->name);
  if (plan.platform->node_ranks % plan.key_ranks)
    problems.add(where, given + " given, expected a divisor of the " + std::to_string(plan.platform->node_ranks) + " ranks of a node");
  if (plan.sets > 1 || plan.data_attention)
    problems.add(where, given + " given with another division of contexts, expected one of them");
  if (plan.platform->devices.front().front().mesh.columns)
    problems.add(where, given + " given for a mesh of cores, which is not modelled, expected devices without one");
}

/// What cannot be divided over the platform's devices.
void check_division(const serving_plan& plan, unsigned devices, base::diagnostics& problems) {
  const llm_architecture& m = *plan.model;
  const base::source_location where{plan.platform->path, 0};
  const std::string ranks = std::to_string(plan.split());
  check_sets(plan, problems);
  check_key_ranks(plan, problems);
  for (const layer_shape& l : m.kinds)
    if (l.attention.heads % plan.split()) {
      problems.add(where, m.name + " has " + std::to_string(l.attention.heads) + " attention heads, which " + ranks +
                              " tensor-parallel devices cannot share evenly");
      break;
    }
  for (const layer_shape& l : m.kinds)
    if (l.ffn.experts && !plan.whole_experts && l.ffn.expert_width % plan.split()) {
      problems.add(where, m.name + " has experts of width " + std::to_string(l.ffn.expert_width) + ", which " + ranks +
                              " tensor-parallel devices cannot slice evenly, expected --expert-parallel");
      break;
    }
  if (plan.data_attention && !m.has_experts())
    problems.add(where, m.name + " has no experts, so that ranks with sequences of their own share nothing, expected tensor-parallel "
                            "attention, or replicas");
  if (plan.groups() > 1 && !plan.platform->devices.front().front().stores.empty())
    problems.add(where, "stores behind the memory of ranks with sequences of their own are not modelled, expected serving.stores=none");
  if (m.layers() < devices)
    problems.add(where, m.name + " has " + std::to_string(m.layers()) + " layers, fewer than the " +
                            std::to_string(devices) + " devices of the pipeline");
}

/// The plan of a drafter on the last of `plan`'s devices, with its weights and without its stage.
std::shared_ptr<serving_plan> plan_of_drafter(const serving_plan& plan, const drafter& draft, base::diagnostics& problems) {
  auto p = std::make_shared<serving_plan>();
  p->platform = plan.platform;
  p->model = draft.model;
  p->formats = plan.formats;
  p->ranks = plan.ranks;
  p->whole_experts = plan.whole_experts;
  p->data_attention = plan.data_attention && draft.model->has_experts();
  check_division(*p, 1, problems);
  const base::source_location where{plan.platform->path, 0};
  const llm_architecture &own = *draft.model, &model = *plan.model;
  if (own.vocab != model.vocab)
    problems.add(where, own.name + " cannot draft for " + model.name + ": its vocabulary has " + std::to_string(own.vocab) +
                            " tokens instead of " + std::to_string(model.vocab));
  if (const unsigned window = own.window().tokens; window && window != model.window().tokens)
    problems.add(where, own.name + " cannot draft for " + model.name + ": it attends to a window of " + std::to_string(window) +
                            " tokens, expected no window or the same as " + model.name);
  const auto devices = plan.platform->devices.size();
  p->devices.resize(devices);
  p->devices.back().layers = own.layers();
  // Where the pipeline has several devices, the last one needs an embedding of its own for what it drafts.
  place_layers(*p, p->devices.back(), !draft.shares_embedding || devices > 1, !draft.shares_embedding);
  return p;
}

/// Behind what `d` has; `draft`'s layers take their offsets there.
void add_drafter(device_placement& d, device_placement& draft) {
  for (double& offset : draft.layer_offset)
    offset += d.weight_bytes;
  d.weight_bytes += draft.weight_bytes;
  d.kv_bytes_per_token += draft.kv_bytes_per_token;
}

serving_plan plan_on(const platform_view& platform, const llm_architecture& model, tensor_formats formats,
                     const plan_options& options) {
  serving_plan plan;
  plan.whole_experts = options.whole_experts || options.data_attention;
  plan.data_attention = options.data_attention;
  plan.platform = &platform;
  plan.model = &model;
  plan.formats = formats;
  plan.ranks = platform.tensor_ranks;
  plan.sets = options.sets;
  plan.key_ranks = options.key_ranks;
  base::diagnostics problems;
  const base::source_location where{platform.path, 0};
  const auto devices = static_cast<unsigned>(platform.devices.size());
  check_division(plan, devices, problems);
  if (options.draft.model && plan.kv_parts() > 1)
    problems.add(where, "a drafter beside context parallelism is not modelled, expected one of the two");
  std::shared_ptr<serving_plan> drafting;
  if (options.draft.model)
    drafting = plan_of_drafter(plan, options.draft, problems);
  problems.throw_if_any();

  // A drafter counts as the layers that weigh as much, behind the last one.
  const double layer_bytes = (model.weight_bytes(formats.weights) - model.embedding_bytes()) / model.layers();
  const auto drafting_layers =
      drafting ? static_cast<unsigned>(std::lround(drafting->devices.back().weight_bytes * plan.ranks / layer_bytes)) : 0;
  const auto first_layer_of = [&](unsigned device) {
    return std::min(model.layers() - (devices - device), (model.layers() + drafting_layers) * device / devices);
  };

  double shortfall = 0, needed = 0;
  for (unsigned p = 0; p < devices; ++p) {
    const device_view& view = platform.devices[p].front();
    device_placement d;
    d.first_layer = first_layer_of(p);
    d.layers = first_layer_of(p + 1) - d.first_layer;
    place_layers(plan, d, p == 0, p + 1 == devices);
    const bool streams = view.mesh.columns && view.weights_from > 0;
    if (streams && drafting)
      throw base::input_error(where, "a drafter given, but " + view.name + " streams its weights; expected a platform that holds them");
    if (streams)
      stream_layers(plan, d, view, options.resident_layers);
    else if (options.resident_layers)
      throw base::input_error(where, "resident layers given, but " + view.name + " does not stream weights; expected a platform with 'weights_in'");
    if (drafting && p + 1 == devices)
      add_drafter(d, drafting->devices.back());
    const bool head_apart = view.mesh.columns && !streams && p + 1 == devices && view.lanes > d.layers;
    d.lanes = streams ? 2 : std::min(view.lanes, d.layers) + head_apart;
    const double resident = d.layer_offset[d.resident_layers];
    double left = d.weight_bytes - resident;
    for (std::size_t t = 0; t < view.memories.size(); ++t) {
      const double room = static_cast<double>(view.memories[t].capacity) * view.memory_share;
      const bool on_mesh = streams && t == 0;
      const double taken = on_mesh ? resident : t < view.weights_from ? 0 : std::min(left, room);
      d.weights_in.push_back(taken);
      d.kv_room.push_back(room - taken - (on_mesh ? 2 * d.buffer_bytes : 0));
      left -= on_mesh ? 0 : taken;
    }
    shortfall = std::max(shortfall, left);
    needed += d.weight_bytes * plan.ranks;
    const unsigned of_layers = streams ? 1 : d.lanes - head_apart;
    for (unsigned lane = 0; lane < of_layers; ++lane) {
      const unsigned first = d.layers * lane / of_layers;
      plan.stages.push_back({p, lane, d.first_layer + first, d.layers * (lane + 1) / of_layers - first});
    }
    if (head_apart)
      plan.stages.push_back({p, of_layers, d.first_layer + d.layers, 0});
    plan.devices.push_back(std::move(d));
  }
  if (shortfall > 0)
    throw no_room(where, shortage(plan, needed, shortfall), "more memory or a narrower --weights type");
  plan.draft = drafting;
  place_stages(plan, options.stages_on_mesh);
  if (drafting) { // a part of the last stage: where that lies, and as that is spread over the memories
    device_placement& d = drafting->devices.back();
    const device_placement& whole = plan.devices.back();
    for (const double bytes : whole.weights_in)
      d.weights_in.push_back(bytes * d.weight_bytes / whole.weight_bytes);
    drafting->stages.push_back(plan.stages.back());
    drafting->stages.back().first_layer = 0;
    drafting->stages.back().layers = options.draft.model->layers();
  }
  const std::size_t tiers = plan.devices.front().kv_room.size();
  for (std::size_t t = 0; t < tiers && t < max_tiers; ++t) {
    double tokens = 1e18;
    for (const device_placement& d : plan.devices)
      tokens = std::min(tokens, t < d.kv_room.size() ? d.kv_room[t] / d.kv_bytes_per_token : 0);
    for (const pipeline_stage& s : plan.stages)
      if (t == 0 && s.region.width)
        tokens = std::min(tokens, kv_tokens(plan, s)); // a rectangle is full when its fullest core is
    if (platform.devices.front().front().memories[t].shared)
      tokens /= options.replicas;
    plan.kv_capacity_tokens.push_back(static_cast<std::uint64_t>(tokens) * plan.groups() * plan.kv_parts());
  }
  for (std::size_t s = 0; s < platform.devices.front().front().stores.size(); ++s) {
    double tokens = 1e18;
    for (unsigned p = 0; p < devices; ++p)
      tokens = std::min(tokens, static_cast<double>(platform.devices[p].front().stores[s].capacity) /
                                    plan.devices[p].kv_bytes_per_token);
    plan.store_capacity_tokens.push_back(static_cast<std::uint64_t>(tokens) * plan.kv_parts());
  }
  return plan;
}

} // namespace

unsigned copies_of_keys(const llm_architecture& model, unsigned split) {
  unsigned least = split;
  for (const layer_shape& l : model.kinds)
    if (!l.attention.latent)
      least = std::min(least, std::max(1u, split / l.attention.kv_heads));
  return least;
}

serving_plan make_plan(const platform_view& platform, const llm_architecture& model, tensor_formats formats,
                       const plan_options& options) {
  try {
    return plan_on(platform, model, formats, options);
  } catch (const no_room& problem) {
    throw problem.with(devices_needed(platform, model, formats, options, [](const serving_plan&) { return true; }));
  }
}

std::optional<unsigned> devices_needed(const platform_view& platform, const llm_architecture& model, tensor_formats formats,
                                       const plan_options& options, const std::function<bool(const serving_plan&)>& fits) {
  platform_view larger = platform;
  for (auto stages = static_cast<unsigned>(platform.devices.size()) + 1; stages <= model.layers(); ++stages) {
    larger.devices.assign(stages, platform.devices.front());
    larger.pipeline_devices = stages;
    try {
      if (fits(plan_on(larger, model, formats, options)))
        return stages * platform.tensor_ranks;
    } catch (const no_room&) { // more, then
    }
  }
  return {};
}

} // namespace strata::traffic
