// SPDX-License-Identifier: Apache-2.0
// A packet-switched mesh, flit by flit: dimension-order routing, wormhole flow control on virtual channels with
// credits, separable round-robin allocation. Only routers that hold flits are looked at. Kernel-free.
//
// A head flit takes a channel of its output in one cycle, the switch in a later one, then travels; its successors take
// the switch only. A virtual channel serves its packets one after the other: the head behind a tail waits for its own
// channel allocation, and so a channel passes a one-flit packet every second cycle at most.
#pragma once

#include "models/fabric/mesh_port.hpp"
#include "models/fabric/packet_mesh_config.hpp"

#include <array>
#include <cstdint>
#include <vector>

namespace strata::fabric {

using cycle = std::uint64_t;
constexpr cycle never_cycle = ~cycle{0};

/// A packet that reached its core.
struct packet_arrival {
  std::uint32_t source, destination;
  cycle created;  ///< when send() was called for
  cycle injected; ///< when its head left the core
  cycle arrived;  ///< last flit at the core
  unsigned flits;
};

class packet_mesh {
public:
  explicit packet_mesh(const packet_mesh_config& c);

  /// Queues a packet of `flits` flits at core `source` now. Cores are numbered row by row.
  void send(std::uint32_t source, std::uint32_t destination, unsigned flits);
  /// The cycle that step() simulates next.
  cycle now() const { return m_now; }
  /// Next cycle with something to do, `never_cycle` where nothing is under way.
  cycle next() const;
  /// Simulates one cycle; appends packets whose last flit has won its core's port (`arrived` lies shortly ahead).
  void step(std::vector<packet_arrival>& arrivals);
  /// Moves to `t`, at most next().
  void skip_to(cycle t) { m_now = t; }

  /// Flits so far: given to send(), taken into the network, delivered; and links passed, cores' own left out.
  std::uint64_t flits_sent() const { return m_sent; }
  std::uint64_t flits_injected() const { return m_injected; }
  std::uint64_t flits_delivered() const { return m_delivered; }
  std::uint64_t flit_hops() const { return m_hops; }
  const packet_mesh_config& config() const { return m_config; }

private:
  using vc_mask = std::uint32_t;
  static constexpr std::uint32_t nothing = ~std::uint32_t{0};

  struct place {
    std::uint16_t x, y;
  };
  struct packet {
    std::uint32_t source, destination, next; ///< next: in the core's queue, or in the list of free slots
    place target; ///< of the destination
    std::uint16_t flits, sent;
    cycle created, injected;
  };
  /// Low bits: head, tail; the others: slot of the packet.
  using flit = std::uint32_t;
  static constexpr flit head_bit = 1, tail_bit = 2;

  /// What arrives at a cycle: flits at input channels, credits at output channels.
  struct due {
    std::vector<std::pair<std::uint32_t, flit>> flits;
    std::vector<std::uint32_t> credits;
  };
  struct core_state {
    std::uint32_t first = nothing, last = nothing; ///< queue of packets
    std::uint32_t vc = 0;                          ///< channel in use, or the last one used
  };

  due& at(cycle t) { return m_wheel[t % m_wheel.size()]; }
  void receive(std::uint32_t channel, flit f);
  void route_head(std::uint32_t channel, flit f);
  bool inject(std::uint32_t node);
  void allocate_channels(std::uint32_t router);
  void allocate_switch(std::uint32_t router, const std::array<vc_mask, ports>& ready, std::vector<packet_arrival>& arrivals);
  void forward(std::uint32_t router, unsigned in, unsigned vc, std::vector<packet_arrival>& arrivals);
  unsigned direction(std::uint32_t router, const packet& p) const;
  void awaken(std::uint32_t router) {
    if (!m_awake[router]) {
      m_awake[router] = 1;
      m_active.push_back(router);
    }
  }

  const packet_mesh_config m_config;
  const unsigned m_traversal;
  const unsigned m_shift; ///< a port's channels start at its number shifted by this
  cycle m_now = 0;
  std::uint64_t m_sent = 0, m_injected = 0, m_delivered = 0, m_hops = 0, m_due_count = 0;

  // By input port (router * ports + port).
  std::vector<vc_mask> m_waiting;   ///< channels whose head has no output channel yet
  std::vector<vc_mask> m_assigned;  ///< channels that hold an output channel and flits
  std::vector<std::uint8_t> m_switch_accept, m_vc_turn;
  std::vector<std::uint32_t> m_upstream; ///< output port that feeds it; a core's own ports come after the routers'
  // By output port; the same numbers, then one for each core.
  std::vector<vc_mask> m_held;      ///< channels that a packet holds
  std::vector<std::uint8_t> m_switch_grant;
  std::vector<std::uint32_t> m_downstream; ///< input port that it feeds
  // By input channel (input port << m_shift | channel).
  std::vector<flit> m_flits;        ///< rings of vc_depth
  std::vector<std::uint8_t> m_first, m_count, m_out_port, m_out_vc, m_channel_accept;
  // By output channel.
  std::vector<std::uint16_t> m_credits, m_channel_grant;

  std::vector<place> m_places; ///< of routers
  std::vector<packet> m_packets;
  std::uint32_t m_free = nothing;
  std::vector<core_state> m_cores;
  std::vector<std::uint32_t> m_sending;           ///< cores with packets queued
  std::vector<std::uint32_t> m_active;            ///< routers with flits
  std::vector<std::uint8_t> m_awake;
  std::vector<due> m_wheel;
};

} // namespace strata::fabric
