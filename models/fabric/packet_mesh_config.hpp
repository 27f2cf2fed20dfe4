// SPDX-License-Identifier: Apache-2.0
// Size and router of a packet-switched mesh at burst level. Kernel-free.
#pragma once

#include "models/base/parameter.hpp"

#include <cstdint>

namespace strata::fabric {

/// Five-port virtual-channel routers on a grid. Defaults: the router on which mesh simulators are compared, three
/// cycles and a one-cycle link, 4 channels of 8 flits.
struct packet_mesh_config {
  unsigned width = 8, height = 8;
  unsigned vcs = 4;              ///< virtual channels of a link, at most most_vcs
  unsigned vc_depth = 8;         ///< flits that one of them holds at the input of a router
  unsigned router_cycles = 3;    ///< channel allocation, switch allocation, then switch traversal
  unsigned link_cycles = 1;
  unsigned credit_cycles = 3;    ///< from a flit's switch allocation to its credit being usable upstream
  unsigned injection_cycles = 2; ///< from a core to the input of its router

  static constexpr unsigned most_vcs = 32;
  void parameters(base::parameter_list& p);

  unsigned nodes() const { return width * height; }
  /// From winning the switch to the input of the next router, or to the core.
  unsigned traversal_cycles() const { return router_cycles - 2 + link_cycles + 1; }
  /// Closed form of an idle mesh: creation of a packet to its last flit at the core, over `hops` links.
  std::uint64_t zero_load_cycles(unsigned hops, unsigned packet_flits) const {
    return injection_cycles + std::uint64_t{hops + 1} * (router_cycles + link_cycles) + packet_flits - 1;
  }
};

} // namespace strata::fabric
