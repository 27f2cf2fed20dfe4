// SPDX-License-Identifier: Apache-2.0
#include "sc_main/command/split_table.hpp"

#include "sc_main/command/number_text.hpp"
#include "sc_main/command/text_table.hpp"
#include "traffic/lowering/lowering.hpp"
#include "traffic/lowering/no_room.hpp"

#include <algorithm>
#include <numeric>
#include <set>

namespace strata::cli {

namespace {

using traffic::platform_view;

struct split {
  std::string kind; ///< how attention and experts are divided over the ranks
  traffic::plan_options options;
};

/// Of a layer over `ranks`: by tensor; where there are experts, with these whole, and with attention by sequence; where ranks
/// have copies of keys, with parts instead; and in every number of context-parallel sets.
std::vector<split> splits_of(const traffic::llm_architecture& model, unsigned ranks, unsigned node_ranks) {
  std::vector<split> all{{"tensor", {}}};
  if (ranks == 1)
    return all;
  const bool experts = model.has_experts();
  if (experts) {
    all.push_back({"tensor, experts whole", {true}});
    all.push_back({"attention by sequence, experts whole", {}});
    all.back().options.data_attention = true;
  }
  if (const unsigned copies = std::gcd(traffic::copies_of_keys(model, ranks), node_ranks); copies > 1) {
    all.push_back({"tensor, KV over " + std::to_string(copies) + " ranks" + (experts ? ", experts whole" : ""), {experts}});
    all.back().options.key_ranks = copies;
  }
  for (unsigned sets = 2; ranks % sets == 0; sets *= 2) {
    all.push_back({"tensor in " + std::to_string(sets) + " sets of tokens" + (experts ? ", experts whole" : ""), {experts}});
    all.back().options.sets = sets;
  }
  return all;
}

/// The platform's first devices as `ranks` in each of `stages`.
platform_view part_of(const platform_view& platform, unsigned ranks, unsigned stages) {
  platform_view part = platform;
  part.tensor_ranks = ranks;
  part.node_ranks = std::min(platform.node_ranks, ranks);
  part.pipeline_devices = stages;
  std::vector<traffic::device_view> group = platform.devices.front();
  if (group.size() == 1)
    group.front().represents = ranks;
  else
    group.resize(ranks);
  part.devices.assign(stages, group);
  return part;
}

/// Powers of two up to `most`, `most` itself and the netlist's `own`.
std::set<unsigned> sizes(unsigned most, unsigned own) {
  std::set<unsigned> all{most};
  for (unsigned n = 1; n < most; n *= 2)
    all.insert(n);
  if (own < most)
    all.insert(own);
  return all;
}

/// Seconds that a decode step of `load`'s share takes at least.
double decode_bound(const traffic::serving_plan& plan, const decode_load& load, unsigned replicas) {
  traffic::step_shape s;
  s.decode_sequences = s.sampled_tokens = std::max(1u, load.sequences / replicas);
  s.decode_context = std::uint64_t{s.decode_sequences} * load.context;
  s.decode_window_keys = s.decode_sequences * plan.model->window().keys(load.context);
  s.decode_kv[0] = s.decode_context + s.decode_sequences;
  traffic::lowered_step step;
  traffic::lowering(plan).lower(s, 1, 0, step);
  return step.bound_s;
}

} // namespace

std::string split_text(const platform_view& platform, const traffic::llm_architecture& model, const traffic::tensor_formats& formats,
                       const decode_load& load) {
  constexpr auto left = text_table::align::left;
  text_table table({{"ranks"}, {"stages"}, {"split of a layer", left}, {"replicas"}, {"weights/device"}, {"KV room, tokens"}, {"decode step >="}, {"output <="}, {"", left}});
  std::string lacks;
  const unsigned devices = platform.tensor_ranks * platform.pipeline_devices;
  for (const unsigned ranks : sizes(devices, platform.tensor_ranks)) {
    const std::vector<split> splits = splits_of(model, ranks, std::min(ranks, platform.node_ranks));
    for (const unsigned stages : sizes(devices / ranks, platform.pipeline_devices))
      for (const split& s : splits) {
        if (devices % (ranks * stages))
          continue;
        const unsigned replicas = devices / (ranks * stages);
        const bool own = ranks == platform.tensor_ranks && stages == platform.pipeline_devices && &s == &splits.front();
        std::vector<std::string> cells{std::to_string(ranks), std::to_string(stages), s.kind, std::to_string(replicas)};
        const platform_view part = part_of(platform, ranks, stages);
        try {
          const traffic::serving_plan plan = traffic::make_plan(part, model, formats, s.options);
          double weights = 0;
          for (const traffic::device_placement& d : plan.devices)
            weights = std::max(weights, d.weight_bytes);
          const auto tokens = std::accumulate(plan.kv_capacity_tokens.begin(), plan.kv_capacity_tokens.end(), std::uint64_t{0});
          const double step = decode_bound(plan, load, replicas);
          const double output = std::max(load.sequences, replicas) / step;
          cells.insert(cells.end(), {with_prefix(weights, "B"), with_prefix(static_cast<double>(tokens) * replicas, ""), with_prefix(step, "s"),
                                     plain(output) + " tok/s", own ? "the netlist's" : ""});
        } catch (const traffic::no_room& problem) {
          cells.insert(cells.end(), {"does not fit", "", "", "", own ? "the netlist's" : ""});
          lacks += std::to_string(ranks) + " x " + std::to_string(stages) + ", " + s.kind + ": " + problem.lack() + "\n";
        } catch (const base::input_error& problem) {
          cells.insert(cells.end(), {"cannot be divided", "", "", "", ""});
          lacks += std::to_string(ranks) + " x " + std::to_string(stages) + ", " + s.kind + ": " + problem.problems().front().message + "\n";
        }
        table.add(cells);
      }
  }
  constexpr std::size_t uncut = 1000; // for terminals to wrap
  return table.text(uncut) + "\nRooflines of a decode step of " + std::to_string(load.sequences) + " sequences of " + std::to_string(load.context) +
         " tokens, all replicas together; stages follow each other.\n" + (lacks.empty() ? "" : "\n" + lacks);
}

} // namespace strata::cli
