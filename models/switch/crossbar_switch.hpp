// SPDX-License-Identifier: Apache-2.0
// Non-blocking crossbar switch (NVSwitch, PCIe or CXL switch, Ethernet): routes by address, shares each output port;
// where it can, adds up what it reads from a group and multicasts what is written to one (NVLink SHARP).
#pragma once

#include "models/base/address_decoder.hpp"
#include "models/base/cut_through_hop.hpp"
#include "models/base/parameter.hpp"
#include "models/base/stream.hpp"
#include "models/switch/multicast.hpp"

#include <array>

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
    double multicast_share = 0;
    base::duration multicast_latency = base::duration::of(100e-9);
    unsigned outstanding = 256;
    std::string level = "switch";
    void parameters(base::parameter_list& p);
  };

  crossbar_switch(sc_core::sc_module_name name, const config& c);
  static const base::component_description& describe();
  /// Sends `range` out of "port"[index]. Throws std::invalid_argument on overlap or an unknown port.
  void add_route(const base::address_range& range, const std::string& name, unsigned index) override;
  /// Of the multicast window, see multicast.hpp.
  void set_base(const std::string&, std::uint64_t address) override { m_window.base = address; }

private:
  unsigned route(unsigned, std::uint64_t address) const override;
  void account(unsigned egress, std::uint64_t bytes, double packets) override;
  void pass_on(unsigned port, tlm::tlm_generic_payload& trans) override;
  void answer(unsigned port, tlm::tlm_generic_payload& trans) override;
  void replicate(tlm::tlm_generic_payload& trans, const std::vector<multicast::member>& members);
  /// The port behind which the switch itself works on multicast data.
  unsigned engine() const { return m_ports; }

  /// A request to a group and how many of its members have not answered.
  struct gathering {
    tlm::tlm_generic_payload* request;
    std::vector<tlm::tlm_generic_payload*> open;
  };
  unsigned m_ports;
  base::address_range m_window;
  std::array<std::vector<multicast::member>, multicast::groups> m_groups;
  std::vector<gathering> m_gatherings;
  base::payload_pool m_pool;
  base::address_decoder m_routes;
  std::vector<base::meter*> m_out;
};

} // namespace strata::switching
