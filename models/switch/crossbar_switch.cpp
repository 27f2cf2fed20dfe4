// SPDX-License-Identifier: Apache-2.0
// Parameters, routing, meters and description of crossbar_switch; the timing is cut_through_hop's.
#include "models/switch/crossbar_switch.hpp"

#include <algorithm>
#include <cstring>

namespace strata::switching {

using namespace base;

void crossbar_switch::config::parameters(parameter_list& p) {
  p.add("ports", ports, between(1, 1024), "duplex ports");
  p.add("port_bandwidth", port_bandwidth, positive(), "bandwidth of an output port");
  p.add("latency", latency, non_negative(), "port to port, wire time excluded");
  p.add("flit", flit, positive(), "bytes that must be in before they move on");
  p.add("energy_per_bit", port_energy, non_negative(), "energy of a bit through the switch, its own port circuits included");
  p.add("static_power", static_power, non_negative(), "power drawn while idle");
  p.add("multicast_share", multicast_share, fraction(),
        "of the port bandwidth that sums and multicasts of the switch reach; 0 = it has none");
  p.add("multicast_latency", multicast_latency, non_negative(), "of the units that add and replicate, on top of latency");
  p.add("outstanding", outstanding, between(1, 1e6), "requests in progress per port before further ones are held back");
  p.add("level", level, "energy level that it reports under");
}

crossbar_switch::crossbar_switch(sc_core::sc_module_name name, const config& c)
    : cut_through_hop(name, c.outstanding), m_ports(c.ports), m_window{0, c.multicast_share > 0 ? multicast::window_bytes : 0} {
  for (unsigned i = 0; i < c.ports; ++i) {
    add_port("port", i, {c.port_bandwidth, c.latency, c.flit, bytes{}, bytes{}});
    const std::string number = "[" + std::to_string(i) + "]";
    m_out.push_back(&add_meter({"out" + number, "B", c.level, "data leaving by port" + number, 8 * c.port_energy.value(),
                                c.port_bandwidth.value()}));
  }
  // The units take what all ports bring at once.
  add_internal_port({c.port_bandwidth * c.ports, c.multicast_latency, c.flit, bytes{}, bytes{}});
  m_out.push_back(&add_meter({"multicast", "B", c.level, "data added up or replicated", 8 * c.port_energy.value(),
                              c.port_bandwidth.value() * c.ports}));
  set_static_power(c.static_power);
}

void crossbar_switch::add_route(const address_range& range, const std::string& name, unsigned index) {
  if (name != "port" || index >= m_ports)
    throw std::invalid_argument(path() + " has no " + name + "[" + std::to_string(index) + "]");
  m_routes.add(range.base, range.size, index);
}

unsigned crossbar_switch::route(unsigned in, std::uint64_t address) const {
  if (in != engine() && m_window.contains(address))
    return engine();
  static_assert(address_decoder::unmapped == nowhere, "an unmapped address goes nowhere");
  return m_routes.port(address);
}

void crossbar_switch::account(unsigned egress, std::uint64_t bytes, double) {
  m_out[egress]->amount += static_cast<double>(bytes);
  m_out[egress]->busy_s += channel(egress).wire_seconds(bytes);
}

void crossbar_switch::pass_on(unsigned port, tlm::tlm_generic_payload& trans) {
  if (port != engine()) {
    cut_through_hop::pass_on(port, trans);
    return;
  }
  const std::uint64_t offset = trans.get_address() - m_window.base;
  auto& members = m_groups[offset / multicast::stride % multicast::groups];
  if (offset < multicast::members && !members.empty()) {
    replicate(trans, members);
    return;
  }
  const unsigned length = trans.get_data_length();
  if (offset < multicast::members || !trans.is_write() || length % sizeof(multicast::member)) {
    trans.set_response_status(offset < multicast::members ? tlm::TLM_ADDRESS_ERROR_RESPONSE : tlm::TLM_COMMAND_ERROR_RESPONSE);
  } else {
    members.resize(length / sizeof(multicast::member));
    std::memcpy(members.data(), trans.get_data_ptr(), length);
    trans.set_response_status(tlm::TLM_OK_RESPONSE);
  }
  on_response(engine(), trans);
}

/// The same request to every member, as if it came from the engine's port.
void crossbar_switch::replicate(tlm::tlm_generic_payload& trans, const std::vector<multicast::member>& members) {
  const std::uint64_t offset = (trans.get_address() - m_window.base) % multicast::stride;
  const stream whole = stream_of(trans);
  m_gatherings.push_back({&trans, {}});
  std::vector<tlm::tlm_generic_payload*> copies;
  for (const multicast::member& m : members) {
    stream s = whole;
    s.bytes *= m.multiplicity;
    s.rate_limit *= static_cast<double>(m.multiplicity);
    copies.push_back(&m_pool.stream_payload(trans.get_command(), m.address + offset, s));
  }
  trans.set_response_status(tlm::TLM_OK_RESPONSE);
  m_gatherings.back().open = copies;
  for (tlm::tlm_generic_payload* copy : copies)
    on_request(engine(), *copy);
}

void crossbar_switch::answer(unsigned port, tlm::tlm_generic_payload& trans) {
  if (port != engine()) {
    cut_through_hop::answer(port, trans);
    return;
  }
  for (auto g = m_gatherings.begin(); g != m_gatherings.end(); ++g) {
    const auto copy = std::find(g->open.begin(), g->open.end(), &trans);
    if (copy == g->open.end())
      continue;
    if (!trans.is_response_ok())
      g->request->set_response_status(trans.get_response_status());
    trans.release();
    g->open.erase(copy);
    if (g->open.empty()) {
      tlm::tlm_generic_payload& request = *g->request;
      m_gatherings.erase(g);
      on_response(engine(), request);
    }
    return;
  }
}

const component_description& crossbar_switch::describe() {
  static const component_description d{
      "crossbar_switch",
      "Non-blocking crossbar switch: address-routed, each output port shared fairly by the transfers that leave by it; sums and "
      "multicast in passing where it has them.",
      {{"port", socket_kind::duplex, "ports", false, "a neighbour; requests may leave by the port they came in by"}},
      {{"out[i]", "B", "data leaving by port i, with writes and with answers to reads"},
       {"multicast", "B", "data that the switch added up or replicated"}},
      true,
      "A request leaves one latency and one flit after it entered; its data pass at port_bandwidth, shared max-min fairly "
      "with the other transfers that leave by the same port (writes by the routed port, read data by the port the request "
      "came from). An address without a route gets an address error at once. With multicast_share above 0 the switch has a "
      "window of groups (multicast.hpp): a write there goes to all members, a read is answered with the sum of what all "
      "members return, both answered when the last member has answered.",
      {"contention inside the crossbar and at its inputs (a link in front of an input limits it)",
       "sums over several switches (a group's members must be reachable from the one that is asked)",
       "head-of-line blocking between requests of one input beyond its `outstanding` limit"},
      "Against the closed forms of latency, incast and sharing: equal to within 1 ppm (formula tests). Sums in the switch: all-reduces "
      "of 128 MB and more over 8 H100 within 7 % of the measured ones."};
  return d;
}

} // namespace strata::switching
