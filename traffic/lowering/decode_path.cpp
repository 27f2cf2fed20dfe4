// SPDX-License-Identifier: Apache-2.0
#include "traffic/lowering/decode_path.hpp"

#include "traffic/lowering/stage_writer.hpp"

#include <algorithm>

namespace strata::traffic {

using core::command;
using core::opcode;

namespace {

const mesh_view& mesh_of(const serving_plan& plan, const pipeline_stage& s) {
  return plan.platform->devices[s.device].front().mesh;
}

using choose_policy = std::function<const core::execution_policy&(const mesh_view&)>;

decode_path whole_path(const serving_plan& plan, std::uint32_t context, const choose_policy& policy) {
  decode_path sum;
  for (std::size_t s = 0; s < plan.stages.size(); ++s) {
    const pipeline_stage& stage = plan.stages[s];
    const core::execution_policy& p = policy(mesh_of(plan, stage));
    sum = sum + path_of(decode_commands(plan, stage, context), stage.region, p);
    if (s + 1 < plan.stages.size())
      sum = sum + hand_over_path(plan, s, p);
  }
  return sum;
}

decode_path difference(const decode_path& a, const decode_path& b) {
  decode_path d = a;
  for (const auto& [name, field] : path_causes)
    d.*field -= b.*field;
  return d;
}

} // namespace

decode_path operator+(decode_path a, const decode_path& b) {
  for (const auto& [name, field] : path_causes)
    a.*field += b.*field;
  return a;
}

floor_way way_between(const floor_region& from, const floor_region& to, bool same_mesh, unsigned columns) {
  const auto distance = [](unsigned a, unsigned b) { return a > b ? a - b : b - a; };
  const auto shared = [](unsigned a, unsigned length, unsigned b, unsigned other) {
    const unsigned first = std::max(a, b), last = std::min(a + length, b + other);
    return last > first ? last - first : 0;
  };
  if (!same_mesh) {
    const auto to_edge = [columns](const floor_region& r) {
      const unsigned middle = r.x + r.width / 2;
      return std::min(middle, columns - middle);
    };
    return {to_edge(from) + to_edge(to), std::min(from.height, to.height)};
  }
  const unsigned across = distance(2 * from.x + from.width, 2 * to.x + to.width) / 2,
                 down = distance(2 * from.y + from.height, 2 * to.y + to.height) / 2;
  const unsigned side = across > down ? shared(from.y, from.height, to.y, to.height) : shared(from.x, from.width, to.x, to.width);
  return {std::max(1u, across + down), std::max(1u, side)};
}

std::vector<command> decode_commands(const serving_plan& plan, const pipeline_stage& stage, std::uint32_t context) {
  step_shape shape;
  shape.decode_sequences = shape.sampled_tokens = 1;
  shape.decode_context = context;
  const attention_window window = plan.model->window();
  shape.decode_window_keys = window.tokens ? std::min<std::uint64_t>(window.tokens, context + 1) : context + 1;
  shape.decode_kv[0] = context + 1;
  std::vector<command> commands;
  stage_writer w(plan, stage, plan.platform->devices[stage.device].front(), shape, commands);
  if (&stage == &plan.stages.front())
    w.embed();
  w.write_layers({});
  if (&stage == &plan.stages.back())
    w.sample(1);
  return commands;
}

decode_path path_of(std::vector<command> commands, const floor_region& r, const core::execution_policy& policy) {
  decode_path sum;
  for (command& c : commands) {
    if (c.op == opcode::wait || c.op == opcode::signal)
      continue; // free for the lane
    place(c, r);
    const core::execution_plan p = policy.plan(c, 1);
    const double engine = base::to_seconds(p.engine.total());
    const double broadcast = base::to_seconds(p.engine[core::time_part::broadcast]), reduce = base::to_seconds(p.engine[core::time_part::reduce]);
    sum.launch += base::to_seconds(p.launch);
    if (c.op == opcode::attention) {
      sum.attention += engine;
    } else if (c.op == opcode::copy) {
      sum.hand_over += engine;
    } else {
      sum.broadcast += broadcast;
      sum.reduce += reduce;
      sum.compute += engine - broadcast - reduce;
    }
  }
  return sum;
}

decode_path hand_over_path(const serving_plan& plan, std::size_t s, const core::execution_policy& policy) {
  std::vector<command> commands;
  const step_shape one{1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, {}, {}};
  const pipeline_stage& stage = plan.stages[s];
  stage_writer(plan, stage, plan.platform->devices[stage.device].front(), one, commands).hand_over(plan.stages[s + 1]);
  return path_of(std::move(commands), stage.region, policy);
}

decode_range decode_range_of(const serving_plan& plan, std::uint32_t context) {
  decode_range r;
  r.now = whole_path(plan, context, [](const mesh_view& m) -> const core::execution_policy& { return *m.policy; });
  r.low = r.high = r.now;
  const std::size_t estimates = plan.platform->devices.front().front().mesh.estimates.size();
  for (std::size_t e = 0; e < estimates; ++e) {
    // Devices of one platform that differ may have other estimates: those keep their values.
    const auto at = [e](bool low) {
      return [e, low](const mesh_view& m) -> const core::execution_policy& {
        return e >= m.estimates.size() ? *m.policy : low ? *m.estimates[e].at_low : *m.estimates[e].at_high;
      };
    };
    decode_path shorter = whole_path(plan, context, at(true)), longer = whole_path(plan, context, at(false));
    if (shorter.total() > longer.total())
      std::swap(shorter, longer);
    if (shorter.total() < r.now.total())
      r.low = r.low + difference(shorter, r.now);
    if (longer.total() > r.now.total())
      r.high = r.high + difference(longer, r.now);
  }
  return r;
}

decode_path path_without_detours(const serving_plan& plan, std::uint32_t context) {
  return whole_path(plan, context, [](const mesh_view& m) -> const core::execution_policy& {
    return m.defects ? *m.defects->perfect : *m.policy;
  });
}

} // namespace strata::traffic
