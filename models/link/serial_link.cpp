// SPDX-License-Identifier: Apache-2.0
// Parameters, meters and description of serial_link; the timing is cut_through_hop's and flow_channel's.
#include "models/link/serial_link.hpp"

#include "models/base/diagnostic.hpp"

namespace strata::link {

using namespace base;

namespace {
/// Links of one netlist have errors of their own, though their parameters are equal.
std::uint64_t seed_of(const std::string& path, unsigned direction, std::uint64_t seed) {
  std::uint64_t h = 0xcbf29ce484222325 ^ (2 * seed + direction); // FNV-1a
  for (const char c : path)
    h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return h;
}
} // namespace

void serial_link::config::parameters(parameter_list& p) {
  p.add("lanes", lanes, between(1, 4096), "lanes per direction");
  p.add("lane_rate", lane_rate, positive(), "signalling rate of a lane, one direction");
  p.add("encoding", encoding, {0, 1, true}, "share of the signalled bits left by line code and forward error correction");
  p.add("packet_payload", packet_payload, positive(), "payload of a full packet");
  p.add("packet_overhead", packet_overhead, non_negative(), "header, checksum and framing of every packet");
  p.add("latency", latency, non_negative(), "one way: flight time and both endpoints' pipelines, wire time excluded");
  p.add("correction_latency", correction_latency, non_negative(), "one way, on top of it: forward error correction, gearboxes, retimers");
  p.add("bit_error_rate", bit_error_rate, {0, 1e-3, false}, "errors per bit that remain after correction; each costs a replay");
  p.add("seed", seed, non_negative(), "of the errors");
  p.add("sleep_after", sleep_after, non_negative(), "idle time after which the link goes to its low-power state, 0 = never");
  p.add("wake_latency", wake_latency, non_negative(), "time to come back");
  p.add("sleep_power", sleep_power, non_negative(), "power drawn in the low-power state, in place of static_power");
  p.add("credits", credits, between(0, 1e9), "flow-control credits of a direction, 0 = never the limit");
  p.add("credit_bytes", credit_bytes, positive(), "payload that one credit stands for");
  p.add("energy_per_bit", wire_energy, non_negative(), "energy of a bit on the wire, both endpoints, overhead bits too");
  p.add("static_power", static_power, non_negative(), "power drawn while idle");
  p.add("outstanding", outstanding, between(1, 1e6), "requests in progress per side before further ones are held back");
  p.add("level", level, "energy level that it reports under");
}

flow_channel::config serial_link::direction(const config& c) {
  return {to_bytes(c.lane_rate * (c.lanes * c.encoding)), c.latency + c.correction_latency, c.packet_payload, c.packet_overhead,
          c.credit_bytes * c.credits};
}

void serial_link::config::validate() const {
  if (sleep_power > static_power)
    throw input_error({}, "sleep_power is " + to_text(sleep_power) + ", expected no more than static_power, " + to_text(static_power));
}

serial_link::serial_link(sc_core::sc_module_name name, const config& c)
    : cut_through_hop(name, c.outstanding), m_sleep_after(to_femtoseconds(c.sleep_after)),
      m_wake_latency(to_femtoseconds(c.wake_latency)) {
  const flow_channel::config each_way = direction(c);
  add_port("a", 0, each_way);
  add_port("b", 0, each_way);
  const double payload_rate = channel(0).payload_bandwidth();
  const double joules_per_byte = 8 * c.wire_energy.value();
  for (const unsigned egress : {0u, 1u}) {
    const std::string direction_name = egress == 1 ? "a_to_b" : "b_to_a";
    // A replay begins when the complaint is back: the receiver drops all that came meanwhile, and it is sent again.
    const femtoseconds replay = 2 * channel(egress).latency() + channel(egress).packet_time(~std::uint64_t{0});
    const double replay_joules = to_seconds(replay) * each_way.wire_rate.value() * joules_per_byte;
    m_leaving.push_back(
        {&add_meter({direction_name, "B", c.level, "payload " + direction_name, joules_per_byte, payload_rate}),
         &add_meter({direction_name + "_packets", "1", c.level, "packets " + direction_name,
                     joules_per_byte * c.packet_overhead.value()}),
         &add_meter({direction_name + "_replays", "1", c.level, "replays " + direction_name, replay_joules}),
         bit_errors(c.bit_error_rate, seed_of(path(), egress, c.seed)), replay});
  }
  m_asleep = &add_meter({"asleep", "s", c.level, "time in the low-power state", (c.sleep_power - c.static_power).value()});
  set_static_power(c.static_power);
}

void serial_link::account(unsigned egress, std::uint64_t bytes, double packets) {
  const leaving& m = m_leaving[egress];
  if (bytes > 0) { // bare headers do not contend, see describe()
    m.payload->amount += static_cast<double>(bytes);
    m.payload->busy_s += channel(egress).wire_seconds(bytes);
  }
  m.packets->amount += packets;
}

femtoseconds serial_link::wake_up() {
  if (m_idle_since == never)
    return 0;
  const femtoseconds idle = now() - m_idle_since;
  m_idle_since = never;
  if (m_sleep_after == 0 || idle <= m_sleep_after)
    return 0;
  m_asleep->amount += to_seconds(idle - m_sleep_after);
  return m_wake_latency;
}

femtoseconds serial_link::stall(unsigned egress, std::uint64_t bytes) {
  leaving& l = m_leaving[egress];
  const unsigned replays = l.errors.in(channel(egress).wire_bits(bytes));
  l.replays->amount += replays;
  return replays * l.replay_time;
}

const component_description& serial_link::describe() {
  static const component_description d{
      "serial_link",
      "Full-duplex serial link (NVLink, PCIe, CXL, Ethernet, ...): serialisation with packet overhead, latency, credits, replays, low-power state.",
      {{"a", socket_kind::duplex, "1", true, "one side"}, {"b", socket_kind::duplex, "1", true, "the other side"}},
      {{"a_to_b", "B", "payload sent from side a to side b; busy while the wires carry it and its overhead"},
       {"b_to_a", "B", "payload sent from side b to side a"},
       {"a_to_b_packets", "1", "packets from a to b, bare headers included; their energy is that of the overhead bits"},
       {"b_to_a_packets", "1", "packets from b to a"},
       {"a_to_b_replays", "1", "replays after bit errors from a to b; their energy is that of what is sent again"},
       {"b_to_a_replays", "1", "replays after bit errors from b to a"},
       {"asleep", "s", "time in the low-power state, counted when it ends; its energy is negative: what static_power counts too much"}},
      true,
      "Each direction carries lanes * lane_rate * encoding / 8 bytes/s of packets, of which packet_payload / "
      "(packet_payload + packet_overhead) is payload, and never more payload than credits * credit_bytes / (2 * latency). "
      "Transfers in progress share a direction max-min fairly. Data flow through: beyond the link a transfer starts one "
      "packet and one latency after it entered. A write is answered when its data and the answer from beyond are in, one "
      "latency later; a read when the answer and the last packet are. latency is that of the link and of its error correction. "
      "Bits that correction leaves wrong come at bit_error_rate, seeded; each holds the direction for a round trip and a "
      "packet. After sleep_after without anything on it the link sleeps, and the next request waits wake_latency.",
      {"order of replays among packets: a replay holds the direction for a round trip and a packet (go-back-N)",
       "bandwidth of acknowledgements, read requests and completions: each transaction pays one bare header of latency and energy",
       "errors in bare headers",
       "a transfer slowed beyond the link still leaves it at the link's own pace",
       "lane width and rate changes; a sleep that lasts to the end of a run is not credited"},
      "Against the closed forms of latency, bandwidth, shares, credits, replays and waking: equal to within 1 ppm, latency and "
      "bandwidth for every shipped technology (formula tests)."};
  return d;
}

} // namespace strata::link
