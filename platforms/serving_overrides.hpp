// SPDX-License-Identifier: Apache-2.0
// Overrides of the serving section's keys. Kernel-free.
#pragma once

#include "platforms/netlist.hpp"

namespace strata::platforms {

/// Sets keys of `entry` from overrides of the form "serving.KEY", or of two pools from "serving.prefill.KEY" and
/// "serving.decode.KEY", and returns the others. Throws base::input_error.
std::vector<parameter_override> override_serving(serving_entry* serving, serving_entry* decode,
                                                 const std::vector<parameter_override>& overrides);

} // namespace strata::platforms
