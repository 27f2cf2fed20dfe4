// SPDX-License-Identifier: Apache-2.0
// Declaration of the parameters of a packet-switched mesh.
#include "models/fabric/packet_mesh_config.hpp"

namespace strata::fabric {

void packet_mesh_config::parameters(base::parameter_list& p) {
  using base::between;
  p.add("width", width, between(1, 4096), "routers in a row");
  p.add("height", height, between(1, 4096), "routers in a column");
  p.add("vcs", vcs, between(1, most_vcs), "virtual channels of a link");
  p.add("vc_depth", vc_depth, between(1, 128), "flits that a virtual channel holds at a router's input");
  p.add("router_cycles", router_cycles, between(2, 64), "channel allocation, switch allocation, traversal");
  p.add("link_cycles", link_cycles, between(0, 64), "router to router");
  p.add("credit_cycles", credit_cycles, between(1, 128), "switch allocation of a flit to its credit being usable upstream");
  p.add("injection_cycles", injection_cycles, between(1, 128), "core to its router");
}

} // namespace strata::fabric
