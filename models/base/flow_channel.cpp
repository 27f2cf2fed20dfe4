// SPDX-License-Identifier: Apache-2.0
// Packet arithmetic of flow_channel: payload to wire bytes, and the rate that the flow-control window allows.
#include "models/base/flow_channel.hpp"

#include <algorithm>
#include <cmath>

namespace strata::base {
namespace {

double served_rate(const flow_channel::config& c) {
  const double wire = c.wire_rate.value();
  if (c.window.value() <= 0 || c.latency.value() <= 0)
    return wire;
  const double payload_rate = c.window.value() / (2 * c.latency.value());
  return std::min(wire, payload_rate * (c.packet_payload + c.packet_overhead).value() / c.packet_payload.value());
}

} // namespace

flow_channel::flow_channel(const config& c)
    : m_wire_rate(c.wire_rate.value()), m_payload(c.packet_payload.value()), m_overhead(c.packet_overhead.value()),
      m_latency(to_femtoseconds(c.latency)), m_server(served_rate(c)) {}

double flow_channel::packets(std::uint64_t payload) const {
  return std::max(1.0, std::ceil(static_cast<double>(payload) / m_payload));
}

double flow_channel::wire_bytes(std::uint64_t payload) const {
  return static_cast<double>(payload) + packets(payload) * m_overhead;
}

femtoseconds flow_channel::packet_time(std::uint64_t payload) const {
  return time_for(std::min(static_cast<double>(payload), m_payload) + m_overhead, m_wire_rate);
}

femtoseconds flow_channel::serialisation(std::uint64_t payload, double limit) const {
  const femtoseconds served = time_for(wire_bytes(payload), m_server.rate());
  return limit > 0 ? std::max(served, time_for(static_cast<double>(payload), limit)) : served;
}

void flow_channel::add(femtoseconds now, std::uint64_t id, std::uint64_t payload, double limit, femtoseconds stall) {
  const double held = wire_bytes(payload) + to_seconds(stall) * m_wire_rate;
  m_server.add(now, id, held, limit * held / static_cast<double>(payload));
}

} // namespace strata::base
