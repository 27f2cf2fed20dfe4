// SPDX-License-Identifier: Apache-2.0
// Symmetry: equal elements of arrays that do equal work are represented by one of them. Kernel-free.
//
// A seed is an array whose elements are known to do the same: the tensor-parallel devices (in blocks of the tensor
// degree), or an interleaved memory. The fold spreads along bindings to every array whose element i is bound to the
// seed's element i (links, memories); a component outside arrays (a switch, a host) is shared and stays. It holds
// only if within each block all elements have equal types, parameters and neighbours.
//
// Energy: a folded element counts its own bytes and `represents` its peers. A shared component sees only the kept
// element's traffic; where everything bound to it is folded N-fold its meters stand for N ports
// (port_represents = N) while its static power is its own. Where only some neighbours are folded (a host with a
// driver), the factor stays 1: such a component's energy must not depend on bridged bytes.
#pragma once

#include "platforms/checked_platform.hpp"

namespace strata::platforms {

/// `block` neighbouring elements of `array` do the same.
struct fold_seed {
  std::string array;
  unsigned block;
};

/// Marks what is simulated and what it represents, and notes what was folded or why not.
void fold(checked_platform& p, const std::vector<fold_seed>& seeds);

} // namespace strata::platforms
