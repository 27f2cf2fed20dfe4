// SPDX-License-Identifier: Apache-2.0
#include "models/base/ports.hpp"

#include <string>

namespace strata::base {

using tlm::tlm_generic_payload;
using tlm::tlm_phase;
using tlm::tlm_sync_enum;

timed_payloads::timed_payloads(const char* name, void* owner, action on_due)
    : m_owner(owner), m_on_due(on_due), m_event((std::string(name) + "_due").c_str()) {
  sc_core::sc_spawn_options options;
  options.spawn_method();
  options.set_sensitivity(&m_event);
  options.dont_initialize();
  sc_core::sc_spawn([this] { deliver(); }, sc_core::sc_gen_unique_name((std::string(name) + "_deliver").c_str()),
                    &options);
}

void timed_payloads::push(tlm_generic_payload& trans, const sc_core::sc_time& delay) {
  m_queue.push({sc_core::sc_time_stamp() + delay, m_order++, &trans});
  m_event.notify(m_queue.top().due - sc_core::sc_time_stamp());
}

void timed_payloads::deliver() {
  while (!m_queue.empty() && m_queue.top().due <= sc_core::sc_time_stamp()) {
    tlm_generic_payload& trans = *m_queue.top().trans;
    m_queue.pop();
    m_on_due(m_owner, trans);
  }
  if (!m_queue.empty())
    m_event.notify(m_queue.top().due - sc_core::sc_time_stamp());
}

target_port::target_port(const char* name, unsigned port, target_handler& handler, unsigned capacity)
    : socket(name), m_handler(handler), m_port(port), m_capacity(capacity),
      m_due(name, this, [](void* self, tlm_generic_payload& trans) {
        auto& p = *static_cast<target_port*>(self);
        if (p.m_answering == &trans)
          p.end_response(trans);
        else
          p.m_handler.on_request(p.m_port, trans);
      }) {
  socket.register_nb_transport_fw(this, &target_port::nb_transport_fw);
  socket.register_b_transport(this, &target_port::b_transport);
  socket.register_transport_dbg(this, &target_port::transport_dbg);
  socket.register_get_direct_mem_ptr(this, &target_port::get_direct_mem_ptr);
}

tlm_sync_enum target_port::nb_transport_fw(tlm_generic_payload& trans, tlm_phase& phase, sc_core::sc_time& delay) {
  if (phase == tlm::END_RESP) {
    if (delay != sc_core::SC_ZERO_TIME)
      m_due.push(trans, delay);
    else
      end_response(trans);
    return tlm::TLM_COMPLETED;
  }
  if (phase != tlm::BEGIN_REQ)
    SC_REPORT_FATAL("strata/protocol", (std::string(socket.name()) + ": unexpected phase on the forward path").c_str());
  trans.acquire();
  ++m_accepted;
  if (delay != sc_core::SC_ZERO_TIME) {
    m_due.push(trans, delay);
  } else {
    m_entering = &trans;
    m_handler.on_request(m_port, trans);
    if (!m_entering) { // answered at once: early completion
      finish(trans);
      return tlm::TLM_COMPLETED;
    }
    m_entering = nullptr;
  }
  if (m_accepted > m_capacity) {
    m_held = &trans;
    return tlm::TLM_ACCEPTED;
  }
  phase = tlm::END_REQ;
  return tlm::TLM_UPDATED;
}

void target_port::respond(tlm_generic_payload& trans) {
  if (m_entering == &trans) {
    m_entering = nullptr;
    return;
  }
  m_responses.push_back(&trans);
  send_responses();
}

void target_port::send_responses() {
  while (!m_answering && !m_responses.empty()) {
    tlm_generic_payload& trans = *m_responses.front();
    m_responses.pop_front();
    if (m_held == &trans)
      m_held = nullptr; // its BEGIN_RESP says END_REQ as well
    m_answering = &trans;
    tlm_phase phase = tlm::BEGIN_RESP;
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
    const tlm_sync_enum status = socket->nb_transport_bw(trans, phase, delay);
    if (status == tlm::TLM_ACCEPTED)
      continue; // END_RESP comes, or came within the call
    if (delay != sc_core::SC_ZERO_TIME) {
      m_due.push(trans, delay);
    } else {
      m_answering = nullptr;
      finish(trans);
    }
  }
}

void target_port::end_response(tlm_generic_payload& trans) {
  m_answering = nullptr;
  finish(trans);
  send_responses();
}

void target_port::finish(tlm_generic_payload& trans) {
  --m_accepted;
  trans.release();
  if (m_held && m_accepted <= m_capacity) {
    tlm_generic_payload& held = *m_held;
    m_held = nullptr;
    tlm_phase phase = tlm::END_REQ;
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
    socket->nb_transport_bw(held, phase, delay);
  }
}

void target_port::b_transport(tlm_generic_payload& trans, sc_core::sc_time& delay) {
  m_handler.b_transport(m_port, trans, delay);
}
unsigned target_port::transport_dbg(tlm_generic_payload& trans) { return m_handler.transport_dbg(m_port, trans); }
bool target_port::get_direct_mem_ptr(tlm_generic_payload& trans, tlm::tlm_dmi& dmi) {
  return m_handler.get_direct_mem_ptr(m_port, trans, dmi);
}

initiator_port::initiator_port(const char* name, unsigned port, initiator_handler& handler)
    : socket(name), m_handler(handler), m_port(port),
      m_due(name, this, [](void* self, tlm_generic_payload& trans) {
        auto& p = *static_cast<initiator_port*>(self);
        if (p.m_request_ending && p.m_requesting == &trans)
          p.end_request();
        else
          p.m_handler.on_response(p.m_port, trans);
      }) {
  socket.register_nb_transport_bw(this, &initiator_port::nb_transport_bw);
  socket.register_invalidate_direct_mem_ptr(this, &initiator_port::invalidate_direct_mem_ptr);
}

void initiator_port::send(tlm_generic_payload& trans) {
  m_requests.push_back(&trans);
  send_requests();
}

void initiator_port::send_requests() {
  while (!m_requesting && !m_requests.empty()) {
    tlm_generic_payload& trans = *m_requests.front();
    m_requests.pop_front();
    m_requesting = &trans;
    tlm_phase phase = tlm::BEGIN_REQ;
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
    const tlm_sync_enum status = socket->nb_transport_fw(trans, phase, delay);
    if (status == tlm::TLM_COMPLETED) {
      m_requesting = nullptr;
      complete(trans, delay);
    } else if (status == tlm::TLM_UPDATED && phase == tlm::BEGIN_RESP) {
      m_requesting = nullptr;
      phase = tlm::END_RESP;
      sc_core::sc_time same = delay; // END_RESP must not run ahead of the BEGIN_RESP it answers
      socket->nb_transport_fw(trans, phase, same);
      complete(trans, delay);
    } else if (status == tlm::TLM_UPDATED) {
      if (delay != sc_core::SC_ZERO_TIME)
        end_request_later(trans, delay);
      else
        m_requesting = nullptr;
    }
  }
}

tlm_sync_enum initiator_port::nb_transport_bw(tlm_generic_payload& trans, tlm_phase& phase, sc_core::sc_time& delay) {
  if (phase == tlm::END_REQ) {
    if (delay != sc_core::SC_ZERO_TIME)
      end_request_later(trans, delay);
    else
      end_request();
    return tlm::TLM_ACCEPTED;
  }
  if (phase != tlm::BEGIN_RESP)
    SC_REPORT_FATAL("strata/protocol", (std::string(socket.name()) + ": unexpected phase on the backward path").c_str());
  if (m_requesting == &trans && !m_request_ending)
    m_requesting = nullptr; // BEGIN_RESP says END_REQ as well
  complete(trans, delay);
  send_requests();
  return tlm::TLM_COMPLETED;
}

void initiator_port::end_request() {
  m_requesting = nullptr;
  m_request_ending = false;
  send_requests();
}

void initiator_port::end_request_later(tlm_generic_payload& trans, const sc_core::sc_time& delay) {
  m_request_ending = true;
  m_due.push(trans, delay);
}

void initiator_port::complete(tlm_generic_payload& trans, const sc_core::sc_time& delay) {
  if (delay == sc_core::SC_ZERO_TIME)
    m_handler.on_response(m_port, trans);
  else
    m_due.push(trans, delay);
}

void initiator_port::invalidate_direct_mem_ptr(sc_dt::uint64 start, sc_dt::uint64 end) {
  m_handler.invalidate_direct_mem_ptr(m_port, start, end);
}

} // namespace strata::base
