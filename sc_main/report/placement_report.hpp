// SPDX-License-Identifier: Apache-2.0
// A model's place on meshes of cores: rectangles, what their cores hold, and the path of a decode step through them.
#pragma once

#include "traffic/lowering/decode_path.hpp"
#include "traffic/lowering/floorplan.hpp"

#include <optional>
#include <string>
#include <vector>

namespace strata::cli {

/// What the fullest core of the rectangle holds that bounds the KV cache, bytes.
struct mesh_use {
  std::string stage; ///< "layer 3"
  traffic::core_use core;
};

/// A decode step's seconds by cause, beside what the estimates' ranges take off or add.
struct path_bounds {
  std::string cause;
  double now_s = 0, low_s = 0, high_s = 0;
};

/// Dead cores of a wafer and what they cost: cores that the regular mesh lost, links, time of a decode step.
struct defect_cost {
  traffic::defect_view wafer;
  unsigned columns = 0, rows = 0;      ///< of the regular mesh
  double path_s = 0, straight_s = 0;   ///< of a decode step; of one without detours on the same rectangles

  double lost_cores() const { return double(wafer.full_columns) * wafer.full_rows - double(columns) * rows; }
};

/// Of the rectangle with room for the fewest tokens. `plan` must lie on meshes.
mesh_use tightest_stage(const traffic::serving_plan& plan);
std::vector<path_bounds> bounds_of_path(const traffic::serving_plan& plan);
/// Of the wafer that lost most cores; none where all live.
std::optional<defect_cost> cost_of_defects(const traffic::serving_plan& plan);
/// In words: what is dead and lost; what detours cost.
std::vector<std::string> defect_texts(const defect_cost& d);

/// "130 x 207 cores at (0, 207): layer 3 ..." for every rectangle, the path per layer, the estimates that its range
/// comes from. Throws base::input_error where the platform's devices are no meshes.
std::string placement_text(const traffic::serving_plan& plan, bool markdown);
/// One drawing of all meshes.
std::string floorplan_svg(const traffic::serving_plan& plan);

} // namespace strata::cli
