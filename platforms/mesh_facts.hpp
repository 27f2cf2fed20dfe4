// SPDX-License-Identifier: Apache-2.0
// What traffic knows of a wafer's mesh of cores. Kernel-free.
#pragma once

#include "platforms/checked_platform.hpp"

namespace strata::platforms {

/// The mesh of a wafer, with its policy as it is and at the ends of its estimates; without columns where `i` has none.
traffic::mesh_view mesh_of(const instance& i);

} // namespace strata::platforms
