// SPDX-License-Identifier: Apache-2.0
// Parameters, routing, meters and description of crossbar_switch; the timing is cut_through_hop's.
#include "models/switch/crossbar_switch.hpp"

namespace strata::switching {

using namespace base;

void crossbar_switch::config::parameters(parameter_list& p) {
  p.add("ports", ports, between(1, 1024), "duplex ports");
  p.add("port_bandwidth", port_bandwidth, positive(), "bandwidth of an output port");
  p.add("latency", latency, non_negative(), "port to port, wire time excluded");
  p.add("flit", flit, positive(), "bytes that must be in before they move on");
  p.add("energy_per_bit", port_energy, non_negative(), "energy of a bit through the switch, its own port circuits included");
  p.add("static_power", static_power, non_negative(), "power drawn while idle");
  p.add("outstanding", outstanding, between(1, 1e6), "requests in progress per port before further ones are held back");
  p.add("level", level, "energy level that it reports under");
}

crossbar_switch::crossbar_switch(sc_core::sc_module_name name, const config& c) : cut_through_hop(name, c.outstanding) {
  for (unsigned i = 0; i < c.ports; ++i) {
    add_port("port", i, {c.port_bandwidth, c.latency, c.flit, bytes{}, bytes{}});
    const std::string number = "[" + std::to_string(i) + "]";
    m_out.push_back(&add_meter({"out" + number, "B", c.level, "data leaving by port" + number, 8 * c.port_energy.value(),
                                c.port_bandwidth.value()}));
  }
  set_static_power(c.static_power);
}

void crossbar_switch::add_route(const address_range& range, const std::string& name, unsigned index) {
  if (name != "port" || index >= m_out.size())
    throw std::invalid_argument(path() + " has no " + name + "[" + std::to_string(index) + "]");
  m_routes.add(range.base, range.size, index);
}

unsigned crossbar_switch::route(unsigned, std::uint64_t address) const {
  static_assert(address_decoder::unmapped == nowhere, "an unmapped address goes nowhere");
  return m_routes.port(address);
}

void crossbar_switch::account(unsigned egress, std::uint64_t bytes, double) {
  m_out[egress]->amount += static_cast<double>(bytes);
  m_out[egress]->busy_s += channel(egress).wire_seconds(bytes);
}

const component_description& crossbar_switch::describe() {
  static const component_description d{
      "crossbar_switch",
      "Non-blocking crossbar switch: address-routed, each output port shared fairly by the transfers that leave by it.",
      {{"port", socket_kind::duplex, "ports", false, "a neighbour; requests may leave by the port they came in by"}},
      {{"out[i]", "B", "data leaving by port i, with writes and with answers to reads"}},
      true,
      "A request leaves one latency and one flit after it entered; its data pass at port_bandwidth, shared max-min fairly "
      "with the other transfers that leave by the same port (writes by the routed port, read data by the port the request "
      "came from). An address without a route gets an address error at once.",
      {"contention inside the crossbar and at its inputs (a link in front of an input limits it)",
       "reduction and multicast in the switch",
       "head-of-line blocking between requests of one input beyond its `outstanding` limit"},
      "Against the closed forms of latency, incast and sharing: equal to within 1 ppm (formula tests)."};
  return d;
}

} // namespace strata::switching
