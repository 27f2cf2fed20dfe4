// SPDX-License-Identifier: Apache-2.0
// What one token's decode step costs on its way through the rectangles of a mesh, by cause, as the devices' policies
// tell it; links between devices and waiting for memories are not in it. Kernel-free.
#pragma once

#include "traffic/lowering/serving_plan.hpp"

#include <array>
#include <functional>
#include <utility>

namespace strata::traffic {

constexpr std::uint32_t typical_context = 1024; ///< tokens seen by the decode step that placements are compared by

/// Seconds of one decode step, by cause.
struct decode_path {
  double launch = 0, broadcast = 0, compute = 0, reduce = 0, attention = 0, hand_over = 0;
  double total() const { return launch + broadcast + compute + reduce + attention + hand_over; }
};

/// In the order and by the names of the compute core's "time." meters.
constexpr std::array<std::pair<const char*, double decode_path::*>, 6> path_causes{
    {{"launch", &decode_path::launch},
     {"broadcast", &decode_path::broadcast},
     {"engine", &decode_path::compute},
     {"reduce", &decode_path::reduce},
     {"attention", &decode_path::attention},
     {"hand_over", &decode_path::hand_over}}};

decode_path operator+(decode_path a, const decode_path& b);

/// The way between two rectangles of a mesh, or of two whose links to each other are at their left and right edges.
struct floor_way {
  unsigned hops;  ///< from middle to middle, or from each to its nearest edge
  unsigned links; ///< side by side
};
floor_way way_between(const floor_region& from, const floor_region& to, bool same_mesh, unsigned columns);

/// The commands of one decoded token that has seen `context` tokens in `stage`, its hand-over left out.
std::vector<core::command> decode_commands(const serving_plan& plan, const pipeline_stage& stage, std::uint32_t context);

/// What `commands` cost on rectangle `r` by `policy`.
decode_path path_of(std::vector<core::command> commands, const floor_region& r, const core::execution_policy& policy);

/// The hand-over of one token's activations from stage `s` to the next.
decode_path hand_over_path(const serving_plan& plan, std::size_t s, const core::execution_policy& policy);

/// A decode step as it is, and as short and as long as the ranges of the devices' estimates make it, each taken by itself.
struct decode_range {
  decode_path now, low, high;
};
/// Of a plan whose stages are rectangles.
decode_range decode_range_of(const serving_plan& plan, std::uint32_t context);
/// A decode step on the same rectangles if no dead core had to be passed by.
decode_path path_without_detours(const serving_plan& plan, std::uint32_t context);

} // namespace strata::traffic
