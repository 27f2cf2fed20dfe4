// SPDX-License-Identifier: Apache-2.0
// The TLM-2.0 base protocol, obeyed once for all models. target_port and initiator_port wrap a socket and turn the
// four phases into two calls each way: on_request/respond on the target side, send/on_response on the initiator
// side. They keep the request and response exclusion rules, annotated delays, reference counts and back-pressure;
// a model only decides when.
#pragma once

#include "models/base/systemc.hpp"

#include <deque>
#include <queue>
#include <vector>

namespace strata::base {

/// What a model with target sockets implements. `port` is the number given to the target_port.
class target_handler {
public:
  virtual ~target_handler() = default;
  /// A non-blocking request reached the model now. Answer with target_port::respond, now or later.
  virtual void on_request(unsigned port, tlm::tlm_generic_payload& trans) = 0;
  virtual void b_transport(unsigned port, tlm::tlm_generic_payload& trans, sc_core::sc_time& delay) = 0;
  virtual unsigned transport_dbg(unsigned port, tlm::tlm_generic_payload& trans) = 0;
  virtual bool get_direct_mem_ptr(unsigned, tlm::tlm_generic_payload&, tlm::tlm_dmi&) { return false; }
};

/// What a model with initiator sockets implements.
class initiator_handler {
public:
  virtual ~initiator_handler() = default;
  /// The response of a payload given to initiator_port::send arrived now; may be called from within send.
  virtual void on_response(unsigned port, tlm::tlm_generic_payload& trans) = 0;
  virtual void invalidate_direct_mem_ptr(unsigned, sc_dt::uint64, sc_dt::uint64) {}
};

/// Payloads due at an instant, first in first out among equals; wakes its owner by one event.
class timed_payloads {
public:
  using action = void (*)(void* owner, tlm::tlm_generic_payload& trans);
  timed_payloads(const char* name, void* owner, action on_due);
  void push(tlm::tlm_generic_payload& trans, const sc_core::sc_time& delay);

private:
  struct entry {
    sc_core::sc_time due;
    std::uint64_t order;
    tlm::tlm_generic_payload* trans;
    bool operator>(const entry& o) const { return due != o.due ? due > o.due : order > o.order; }
  };
  void deliver();
  void* m_owner;
  action m_on_due;
  sc_core::sc_event m_event;
  std::uint64_t m_order = 0;
  std::priority_queue<entry, std::vector<entry>, std::greater<>> m_queue;
};

/// A target socket that accepts up to `capacity` requests at a time and holds further ones back (END_REQ withheld).
class target_port {
public:
  target_port(const char* name, unsigned port, target_handler& handler, unsigned capacity = 64);
  /// Sends the response of a request now, or as soon as the initiator has taken the previous one.
  void respond(tlm::tlm_generic_payload& trans);

  tlm_utils::passthrough_target_socket_optional<target_port, 64> socket;

private:
  tlm::tlm_sync_enum nb_transport_fw(tlm::tlm_generic_payload& trans, tlm::tlm_phase& phase, sc_core::sc_time& delay);
  void b_transport(tlm::tlm_generic_payload& trans, sc_core::sc_time& delay);
  unsigned transport_dbg(tlm::tlm_generic_payload& trans);
  bool get_direct_mem_ptr(tlm::tlm_generic_payload& trans, tlm::tlm_dmi& dmi);
  void send_responses();
  void end_response(tlm::tlm_generic_payload& trans);
  void finish(tlm::tlm_generic_payload& trans);

  target_handler& m_handler;
  unsigned m_port;
  unsigned m_capacity;
  unsigned m_accepted = 0;
  tlm::tlm_generic_payload* m_entering = nullptr; ///< inside on_request; an answer now is an early completion
  tlm::tlm_generic_payload* m_held = nullptr; ///< request whose END_REQ waits for room
  tlm::tlm_generic_payload* m_answering = nullptr; ///< BEGIN_RESP sent, END_RESP not yet seen
  std::deque<tlm::tlm_generic_payload*> m_responses;
  timed_payloads m_due; ///< requests on their way in; an END_RESP on its way where it is the one being answered
};

/// An initiator socket that sends requests in order, one outstanding BEGIN_REQ at a time.
class initiator_port {
public:
  initiator_port(const char* name, unsigned port, initiator_handler& handler);
  /// Requests `trans` (reference-counted payloads only) now, or as soon as the target takes it.
  void send(tlm::tlm_generic_payload& trans);
  bool bound() const { return socket.get_base_port().size() > 0; }

  tlm_utils::simple_initiator_socket_optional<initiator_port, 64> socket;

private:
  tlm::tlm_sync_enum nb_transport_bw(tlm::tlm_generic_payload& trans, tlm::tlm_phase& phase, sc_core::sc_time& delay);
  void invalidate_direct_mem_ptr(sc_dt::uint64 start, sc_dt::uint64 end);
  void send_requests();
  void end_request();
  void end_request_later(tlm::tlm_generic_payload& trans, const sc_core::sc_time& delay);
  void complete(tlm::tlm_generic_payload& trans, const sc_core::sc_time& delay);

  initiator_handler& m_handler;
  unsigned m_port;
  tlm::tlm_generic_payload* m_requesting = nullptr; ///< BEGIN_REQ sent, END_REQ not yet seen
  bool m_request_ending = false; ///< END_REQ of m_requesting is on its way
  std::deque<tlm::tlm_generic_payload*> m_requests;
  timed_payloads m_due; ///< responses on their way in; an END_REQ on its way where m_request_ending
};

} // namespace strata::base
