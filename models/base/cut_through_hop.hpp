// SPDX-License-Identifier: Apache-2.0
// The SystemC shell of everything that passes requests on: duplex ports, each with a flow channel for the data that
// leaves by it. A transfer's data flow through while they arrive: only its first packet and the latency separate
// the two sides, and a long transfer takes the time of the slowest part of its path, not the sum of all.
//
// For a request that enters at t, with latency L and data that occupy the channel until s (shared with the others):
//   write  passed on at t + L + first packet; answered at max(answer from beyond, s + L) + L + header
//   ordered write (see stream_extension): likewise, counted from when the data of earlier writes to its address have left
//   read   passed on at t + L + header, when its data may start; answered at max(answer from beyond + last packet, s) + L
#pragma once

#include "models/base/component.hpp"
#include "models/base/flow_channel.hpp"
#include "models/base/ports.hpp"
#include "models/base/stream.hpp"

#include <memory>
#include <queue>
#include <vector>

namespace strata::base {

class cut_through_hop : public sc_core::sc_module, public component, protected target_handler, protected initiator_handler {
public:
  std::string path() const override { return name(); }
  STRATA_HAS_PROCESS(cut_through_hop);

protected:
  static constexpr unsigned nowhere = ~0u; ///< what route() says of an address that no port reaches

  /// `outstanding` requests may be in progress per port, further ones are held back.
  cut_through_hop(sc_core::sc_module_name name, unsigned outstanding);
  /// Adds duplex port `name[index]`; ports count from 0 in order of these calls. `egress` serves what leaves by it.
  void add_port(const std::string& name, unsigned index, const flow_channel::config& egress);

  /// Port by which a request that came in at `in` leaves (may be `in` itself), or `nowhere`.
  virtual unsigned route(unsigned in, std::uint64_t address) const = 0;
  /// `bytes` of payload in `packets` packets (0 bytes: a bare header) left by port `egress`. For meters.
  virtual void account(unsigned egress, std::uint64_t bytes, double packets) = 0;
  /// Adds a port without sockets, for what a hop does itself with what leaves by it: see pass_on and answer.
  void add_internal_port(const flow_channel::config& egress);
  /// Hands a request over to what lies beyond `port`; its answer comes to on_response.
  virtual void pass_on(unsigned port, tlm::tlm_generic_payload& trans) { m_initiators[port]->send(trans); }
  /// Answers a request that came to on_request.
  virtual void answer(unsigned port, tlm::tlm_generic_payload& trans) { m_targets[port]->respond(trans); }
  /// Delay of a request that comes now, before anything of it moves; the hop has been idle where nothing is in it.
  virtual femtoseconds wake_up() { return 0; }
  /// Time for which data of `bytes` that start to leave by `egress` hold the wire besides their own.
  virtual femtoseconds stall(unsigned, std::uint64_t) { return 0; }
  /// Nothing is in progress any more.
  virtual void rest() {}

  const flow_channel& channel(unsigned port) const { return m_channels[port]; }
  target_port& target(unsigned port) { return *m_targets[port]; }
  initiator_port& initiator(unsigned port) { return *m_initiators[port]; }

  void on_request(unsigned port, tlm::tlm_generic_payload& trans) override;
  void on_response(unsigned port, tlm::tlm_generic_payload& trans) override;
  void b_transport(unsigned port, tlm::tlm_generic_payload& trans, sc_core::sc_time& delay) override;
  unsigned transport_dbg(unsigned port, tlm::tlm_generic_payload& trans) override;

private:
  using slot = std::uint32_t;
  /// Where a request goes and what its data occupy.
  struct path_through {
    unsigned in, out, egress; ///< egress: port by which the data leave
    bool data_forward;        ///< data travel with the request (write), not with the answer
    std::uint64_t bytes;
    double limit;             ///< rate limit found in the stream, restored on the way back
  };
  struct transfer : path_through {
    tlm::tlm_generic_payload* trans;
    femtoseconds ready; ///< earliest instant at which the answer may start back
    bool flowing, beyond; ///< data still on the wire; answer from beyond still due
    slot follower;        ///< ordered write that goes on behind these data, or none
  };
  static constexpr slot none = ~slot{0};
  enum class action : std::uint8_t { forward, answer };
  struct due_action {
    femtoseconds due;
    std::uint64_t order;
    slot transfer;
    action what;
    bool operator>(const due_action& o) const { return due != o.due ? due > o.due : order > o.order; }
  };

  bool find_path(unsigned in, tlm::tlm_generic_payload& trans, path_through& p) const;
  femtoseconds forward_time(const path_through& p) const;
  femtoseconds answer_time(const path_through& p) const;
  femtoseconds last_packet_time(const path_through& p) const;
  void narrow(tlm::tlm_generic_payload& trans, const path_through& p) const;
  void restore(tlm::tlm_generic_payload& trans, const path_through& p) const;
  void account_for(const path_through& p);
  void start_flow(slot s, femtoseconds at, femtoseconds held);
  slot last_ahead(const transfer& t) const;
  void forward(slot s, femtoseconds at);
  void answer_now(slot s);
  void finish_if_done(slot s);
  void plan(femtoseconds due, slot s, action what);
  void step();
  void schedule();

  unsigned m_outstanding_limit;
  std::vector<std::unique_ptr<target_port>> m_targets;
  std::vector<std::unique_ptr<initiator_port>> m_initiators;
  std::vector<flow_channel> m_channels;
  std::vector<std::vector<slot>> m_beyond; ///< by output port: transfers passed on, oldest first
  std::vector<transfer> m_transfers;
  std::vector<slot> m_free; ///< as many as m_transfers when nothing is in progress
  std::vector<std::uint64_t> m_ended;
  std::priority_queue<due_action, std::vector<due_action>, std::greater<>> m_plan;
  std::uint64_t m_order = 0;
  sc_core::sc_event m_wake;
};

} // namespace strata::base
