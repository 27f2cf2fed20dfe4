// SPDX-License-Identifier: Apache-2.0
// A model's place on meshes of cores: rectangles, what their cores hold, and the path of a decode step through them.
#pragma once

#include "traffic/decode_path.hpp"
#include "traffic/floorplan.hpp"

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

/// Of the rectangle with room for the fewest tokens. `plan` must lie on meshes.
mesh_use tightest_stage(const traffic::serving_plan& plan);
std::vector<path_bounds> bounds_of_path(const traffic::serving_plan& plan);

/// "130 x 207 cores at (0, 207): layer 3 ..." for every rectangle, the path per layer, the estimates that its range
/// comes from. Throws base::input_error where the platform's devices are no meshes.
std::string placement_text(const traffic::serving_plan& plan, bool markdown);
/// One drawing of all meshes.
std::string floorplan_svg(const traffic::serving_plan& plan);

} // namespace strata::cli
