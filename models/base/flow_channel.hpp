// SPDX-License-Identifier: Apache-2.0
// One direction of a packetised connection: how long packets take on the wire, and how transfers in progress share
// it. Used by links, switches and host bridges. Kernel-free.
#pragma once

#include "models/base/fluid_server.hpp"
#include "models/base/quantity.hpp"

#include <cstdint>
#include <vector>

namespace strata::base {

class flow_channel {
public:
  struct config {
    byte_rate wire_rate;           ///< bytes of packets (payload and overhead) per second, > 0
    duration latency;              ///< from the last bit of a packet entering to it leaving, wire time excluded
    bytes packet_payload;          ///< largest payload of a packet, > 0
    bytes packet_overhead;         ///< header, checksum and framing that every packet carries
    bytes window;                  ///< payload that may be unacknowledged over one round trip, 0 = unlimited
  };
  explicit flow_channel(const config& c);

  femtoseconds latency() const { return m_latency; }
  /// Payload B/s of a long transfer alone: wire rate times packet efficiency, or window / (2 * latency) if less.
  double payload_bandwidth() const { return m_server.rate() * m_payload / (m_payload + m_overhead); }
  /// Packets that `payload` bytes need; a message without payload is one packet.
  double packets(std::uint64_t payload) const;
  /// Wire time of the first (equally the last) packet of a transfer; with 0 bytes that of a bare header.
  femtoseconds packet_time(std::uint64_t payload) const;
  /// Time that `payload` bytes take alone at no more than `limit` payload B/s (0 = none).
  femtoseconds serialisation(std::uint64_t payload, double limit = 0) const;
  /// Time for which the wire carries bits of `payload` bytes, however they were spread.
  double wire_seconds(std::uint64_t payload) const { return wire_bytes(payload) / m_wire_rate; }

  /// Bits on the wire that `payload` bytes need.
  double wire_bits(std::uint64_t payload) const { return 8 * wire_bytes(payload); }

  /// Transfers in progress, see fluid_server. `limit` in payload B/s, 0 = none; `stall`: time for which the transfer
  /// holds the wire besides.
  void add(femtoseconds now, std::uint64_t id, std::uint64_t payload, double limit, femtoseconds stall = 0);
  femtoseconds next() const { return m_server.next(); }
  void advance(femtoseconds now, std::vector<std::uint64_t>& ended) { m_server.advance(now, ended); }

private:
  double wire_bytes(std::uint64_t payload) const;

  double m_wire_rate, m_payload, m_overhead;
  femtoseconds m_latency;
  fluid_server m_server; ///< in wire bytes
};

} // namespace strata::base
