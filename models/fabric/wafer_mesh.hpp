// SPDX-License-Identifier: Apache-2.0
// A wafer's mesh as a platform sees it: bytes stream between the I/O edge and regions of cores, whose memories sit
// behind it.
#pragma once

#include "models/base/address_decoder.hpp"
#include "models/base/cut_through_hop.hpp"
#include "models/fabric/mesh_paths.hpp"

namespace strata::fabric {

class wafer_mesh : public base::cut_through_hop {
public:
  struct config {
    mesh_paths_config paths;
    energy_config energy;
    base::power static_power;
    unsigned outstanding = 256;
    std::string level = "fabric";
    void parameters(base::parameter_list& p);
    void validate() const { paths.validate(); }
  };

  wafer_mesh(sc_core::sc_module_name name, const config& c);
  static const base::component_description& describe();
  /// Sends `range` out of "edge"[index] or "region"[index]. Throws std::invalid_argument on overlap or an unknown port.
  void add_route(const base::address_range& range, const std::string& name, unsigned index) override;

private:
  unsigned route(unsigned, std::uint64_t address) const override;
  void account(unsigned egress, std::uint64_t bytes, double packets) override;

  unsigned m_edges, m_regions;
  base::address_decoder m_routes;
  std::vector<base::meter*> m_out; ///< by port: edges, then regions
};

} // namespace strata::fabric
