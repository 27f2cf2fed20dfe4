// SPDX-License-Identifier: Apache-2.0
// Parameters, meters and description of serial_link; the timing is cut_through_hop's and flow_channel's.
#include "models/link/serial_link.hpp"

namespace strata::link {

using namespace base;

void serial_link::config::parameters(parameter_list& p) {
  p.add("lanes", lanes, between(1, 4096), "lanes per direction");
  p.add("lane_rate", lane_rate, positive(), "signalling rate of a lane, one direction");
  p.add("encoding", encoding, {0, 1, true}, "share of the signalled bits left by line code and forward error correction");
  p.add("packet_payload", packet_payload, positive(), "payload of a full packet");
  p.add("packet_overhead", packet_overhead, non_negative(), "header, checksum and framing of every packet");
  p.add("latency", latency, non_negative(), "one way: flight time and both endpoints' pipelines, wire time excluded");
  p.add("credits", credits, between(0, 1e9), "flow-control credits of a direction, 0 = never the limit");
  p.add("credit_bytes", credit_bytes, positive(), "payload that one credit stands for");
  p.add("energy_per_bit", wire_energy, non_negative(), "energy of a bit on the wire, both endpoints, overhead bits too");
  p.add("static_power", static_power, non_negative(), "power drawn while idle");
  p.add("outstanding", outstanding, between(1, 1e6), "requests in progress per side before further ones are held back");
  p.add("level", level, "energy level that it reports under");
}

flow_channel::config serial_link::direction(const config& c) {
  return {to_bytes(c.lane_rate * (c.lanes * c.encoding)), c.latency, c.packet_payload, c.packet_overhead,
          c.credit_bytes * c.credits};
}

serial_link::serial_link(sc_core::sc_module_name name, const config& c) : cut_through_hop(name, c.outstanding) {
  const flow_channel::config each_way = direction(c);
  add_port("a", 0, each_way);
  add_port("b", 0, each_way);
  const double payload_rate = channel(0).payload_bandwidth();
  const double joules_per_byte = 8 * c.wire_energy.value();
  for (unsigned egress : {1u, 0u}) {
    const std::string direction_name = egress == 1 ? "a_to_b" : "b_to_a";
    m_leaving[egress].payload =
        &add_meter({direction_name, "B", c.level, "payload " + direction_name, joules_per_byte, payload_rate});
    m_leaving[egress].packets = &add_meter({direction_name + "_packets", "1", c.level, "packets " + direction_name,
                                            joules_per_byte * c.packet_overhead.value()});
  }
  set_static_power(c.static_power);
}

void serial_link::account(unsigned egress, std::uint64_t bytes, double packets) {
  const direction_meters& m = m_leaving[egress];
  if (bytes > 0) { // bare headers do not contend, see describe()
    m.payload->amount += static_cast<double>(bytes);
    m.payload->busy_s += channel(egress).wire_seconds(bytes);
  }
  m.packets->amount += packets;
}

const component_description& serial_link::describe() {
  static const component_description d{
      "serial_link",
      "Full-duplex serial link (NVLink, PCIe, CXL, Ethernet, ...): serialisation with packet overhead, latency, credits.",
      {{"a", socket_kind::duplex, "1", true, "one side"}, {"b", socket_kind::duplex, "1", true, "the other side"}},
      {{"a_to_b", "B", "payload sent from side a to side b; busy while the wires carry it and its overhead"},
       {"b_to_a", "B", "payload sent from side b to side a"},
       {"a_to_b_packets", "1", "packets from a to b, bare headers included; their energy is that of the overhead bits"},
       {"b_to_a_packets", "1", "packets from b to a"}},
      true,
      "Each direction carries lanes * lane_rate * encoding / 8 bytes/s of packets, of which packet_payload / "
      "(packet_payload + packet_overhead) is payload, and never more payload than credits * credit_bytes / (2 * latency). "
      "Transfers in progress share a direction max-min fairly. Data flow through: beyond the link a transfer starts one "
      "packet and one latency after it entered. A write is answered when its data and the answer from beyond are in, one "
      "latency later; a read when the answer and the last packet are.",
      {"retries after bit errors (their mean cost belongs in encoding)",
       "bandwidth of acknowledgements, read requests and completions: each transaction pays one bare header of latency and energy",
       "a transfer slowed beyond the link still leaves it at the link's own pace",
       "low-power states and lane width changes"},
      "Against the closed forms of latency, bandwidth, shares and credits: equal to within 1 ppm (formula tests)."};
  return d;
}

} // namespace strata::link
