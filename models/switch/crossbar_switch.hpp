// SPDX-License-Identifier: Apache-2.0
// Non-blocking crossbar switch (NVSwitch, PCIe or CXL switch, Ethernet): routes by address, shares each output port.
#pragma once

#include "models/base/address_decoder.hpp"
#include "models/base/cut_through_hop.hpp"
#include "models/base/parameter.hpp"

namespace strata::switching {

class crossbar_switch : public base::cut_through_hop {
public:
  /// Defaults: one NVSwitch (H100 generation) seen from 8 devices.
  struct config {
    unsigned ports = 8;
    base::byte_rate port_bandwidth = base::byte_rate::of(450e9);
    base::duration latency = base::duration::of(100e-9);
    base::bytes flit = base::bytes::of(16);
    base::energy_per_bit port_energy = base::energy_per_bit::of(1e-12);
    base::power static_power;
    unsigned outstanding = 256;
    std::string level = "switch";
    void parameters(base::parameter_list& p);
  };

  crossbar_switch(sc_core::sc_module_name name, const config& c);
  static const base::component_description& describe();
  /// Sends `range` out of "port"[index]. Throws std::invalid_argument on overlap or an unknown port.
  void add_route(const base::address_range& range, const std::string& name, unsigned index) override;

private:
  unsigned route(unsigned, std::uint64_t address) const override;
  void account(unsigned egress, std::uint64_t bytes, double packets) override;

  base::address_decoder m_routes;
  std::vector<base::meter*> m_out;
};

} // namespace strata::switching
