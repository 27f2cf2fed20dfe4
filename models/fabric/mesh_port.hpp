// SPDX-License-Identifier: Apache-2.0
// The five ports of a mesh router. Kernel-free.
#pragma once

namespace strata::fabric {

enum mesh_port : unsigned { west, east, north, south, core, ports };

/// The neighbour's port at the other end of a link; not for `core`.
constexpr mesh_port opposite(unsigned p) { return static_cast<mesh_port>(p ^ 1u); }

} // namespace strata::fabric
