// SPDX-License-Identifier: Apache-2.0
// Moves transfers through a hop: one next-event method for all ports, a slot per transfer in progress.
#include "models/base/cut_through_hop.hpp"

#include <algorithm>

namespace strata::base {

using tlm::tlm_generic_payload;

cut_through_hop::cut_through_hop(sc_core::sc_module_name name, unsigned outstanding)
    : sc_core::sc_module(name), m_outstanding_limit(outstanding) {
  SC_METHOD(step);
  sensitive << m_wake;
  dont_initialize();
}

void cut_through_hop::add_port(const std::string& name, unsigned index, const flow_channel::config& egress) {
  const auto number = static_cast<unsigned>(m_targets.size());
  const std::string label = name + "_" + std::to_string(index);
  target_handler& requests = *this;
  initiator_handler& responses = *this;
  m_targets.push_back(std::make_unique<target_port>((label + "_in").c_str(), number, requests, m_outstanding_limit));
  m_initiators.push_back(std::make_unique<initiator_port>((label + "_out").c_str(), number, responses));
  m_channels.emplace_back(egress);
  m_beyond.emplace_back();
  expose_target(name, index, m_targets.back()->socket);
  expose_initiator(name, index, m_initiators.back()->socket);
}

void cut_through_hop::add_internal_port(const flow_channel::config& egress) {
  m_targets.push_back(nullptr);
  m_initiators.push_back(nullptr);
  m_channels.emplace_back(egress);
  m_beyond.emplace_back();
}

/// False with an address error in `trans` where nothing is there.
bool cut_through_hop::find_path(unsigned in, tlm_generic_payload& trans, path_through& p) const {
  const unsigned out = route(in, trans.get_address());
  if (out == nowhere || (m_initiators[out] && !m_initiators[out]->bound())) {
    trans.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    return false;
  }
  const bool write = trans.is_write();
  const std::uint64_t moved = write || trans.is_read() ? transfer_bytes(trans) : 0;
  p = {in, out, write ? out : in, write, moved, stream_of(trans).rate_limit};
  return true;
}

femtoseconds cut_through_hop::forward_time(const path_through& p) const {
  const flow_channel& c = m_channels[p.out];
  return c.latency() + c.packet_time(p.data_forward ? p.bytes : 0);
}
femtoseconds cut_through_hop::answer_time(const path_through& p) const {
  const flow_channel& c = m_channels[p.in];
  return p.data_forward ? c.latency() + c.packet_time(0) : c.latency();
}
/// Wire time of what is left once the answer from beyond is in.
femtoseconds cut_through_hop::last_packet_time(const path_through& p) const {
  return p.data_forward ? 0 : m_channels[p.in].packet_time(p.bytes);
}

/// Lets what lies beyond know how fast the data can pass here.
void cut_through_hop::narrow(tlm_generic_payload& trans, const path_through& p) const {
  auto* ext = trans.get_extension<stream_extension>();
  if (!ext || !ext->value.bytes)
    return;
  const double here = m_channels[p.egress].payload_bandwidth();
  ext->value.rate_limit = p.limit > 0 ? std::min(p.limit, here) : here;
}
void cut_through_hop::restore(tlm_generic_payload& trans, const path_through& p) const {
  if (auto* ext = trans.get_extension<stream_extension>(); ext && ext->value.bytes)
    ext->value.rate_limit = p.limit;
}

void cut_through_hop::account_for(const path_through& p) {
  const unsigned other = p.data_forward ? p.in : p.out;
  if (p.bytes > 0)
    account(p.egress, p.bytes, m_channels[p.egress].packets(p.bytes));
  else
    account(p.egress, 0, 1);
  account(other, 0, 1);
}

void cut_through_hop::on_request(unsigned port, tlm_generic_payload& trans) {
  path_through p;
  if (!find_path(port, trans, p)) {
    answer(port, trans);
    return;
  }
  const femtoseconds waking = wake_up();
  auto s = static_cast<slot>(m_transfers.size());
  if (m_free.empty()) {
    m_transfers.emplace_back();
  } else {
    s = m_free.back();
    m_free.pop_back();
  }
  const femtoseconds at = now();
  const auto* ext = trans.get_extension<stream_extension>();
  const bool ordered = ext && ext->ordered && p.data_forward;
  m_transfers[s] = {p, &trans, 0, !ordered && p.bytes > 0, true, none};
  const slot ahead = ordered ? last_ahead(m_transfers[s]) : none;
  if (ahead != none) {
    m_transfers[ahead].follower = s;
    return;
  }
  if (p.data_forward)
    start_flow(s, at, waking);
  plan(at + waking + forward_time(p), s, action::forward);
  schedule();
}

/// The transfer behind which an ordered write goes on: the last of those on the same way, to the same address, that
/// still flow or follow one.
cut_through_hop::slot cut_through_hop::last_ahead(const transfer& t) const {
  for (const transfer& other : m_transfers)
    if (other.flowing && other.data_forward && other.in == t.in && other.out == t.out &&
        other.trans->get_address() == t.trans->get_address()) {
      auto last = static_cast<slot>(&other - m_transfers.data());
      while (m_transfers[last].follower != none)
        last = m_transfers[last].follower;
      return last;
    }
  return none;
}

void cut_through_hop::start_flow(slot s, femtoseconds at, femtoseconds held) {
  const transfer& t = m_transfers[s];
  if (t.flowing)
    m_channels[t.egress].add(at, s, t.bytes, t.limit, held + stall(t.egress, t.bytes));
}

void cut_through_hop::forward(slot s, femtoseconds at) {
  const transfer t = m_transfers[s];
  if (!t.data_forward)
    start_flow(s, at, 0);
  narrow(*t.trans, t);
  m_beyond[t.out].push_back(s);
  pass_on(t.out, *t.trans);
}

void cut_through_hop::on_response(unsigned port, tlm_generic_payload& trans) {
  auto& passed_on = m_beyond[port];
  const auto it = std::find_if(passed_on.begin(), passed_on.end(), [&](slot s) { return m_transfers[s].trans == &trans; });
  if (it == passed_on.end()) {
    SC_REPORT_ERROR("strata/protocol", (path() + ": response to a transaction that was not passed on").c_str());
    return;
  }
  const slot s = *it;
  passed_on.erase(it);
  transfer& t = m_transfers[s];
  restore(trans, t);
  t.beyond = false;
  t.ready = std::max(t.ready, now() + last_packet_time(t));
  finish_if_done(s);
  schedule();
}

void cut_through_hop::finish_if_done(slot s) {
  const transfer& t = m_transfers[s];
  if (t.flowing || t.beyond)
    return;
  account_for(t);
  plan(t.ready + answer_time(t), s, action::answer);
}

void cut_through_hop::answer_now(slot s) {
  const transfer t = m_transfers[s];
  m_free.push_back(s);
  if (m_free.size() == m_transfers.size())
    rest();
  answer(t.in, *t.trans);
}

void cut_through_hop::plan(femtoseconds due, slot s, action what) { m_plan.push({due, m_order++, s, what}); }

void cut_through_hop::step() {
  const femtoseconds at = now();
  m_ended.clear();
  for (auto& c : m_channels)
    if (c.next() <= at)
      c.advance(at, m_ended);
  for (const std::uint64_t id : m_ended) {
    transfer& t = m_transfers[id];
    t.flowing = false;
    t.ready = std::max(t.ready, at + (t.data_forward ? m_channels[t.out].latency() : 0));
    for (slot f = t.follower; f != none; f = m_transfers[f].follower)
      plan(at + forward_time(m_transfers[f]), f, action::forward);
    finish_if_done(static_cast<slot>(id));
  }
  while (!m_plan.empty() && m_plan.top().due <= at) {
    const due_action a = m_plan.top();
    m_plan.pop();
    if (a.what == action::forward)
      forward(a.transfer, at);
    else
      answer_now(a.transfer);
  }
  schedule();
}

void cut_through_hop::schedule() {
  femtoseconds next = m_plan.empty() ? never : m_plan.top().due;
  for (const auto& c : m_channels)
    next = std::min(next, c.next());
  if (next == never)
    return;
  const femtoseconds at = now();
  m_wake.notify(to_sc_time(next > at ? next - at : 0));
}

void cut_through_hop::b_transport(unsigned port, tlm_generic_payload& trans, sc_core::sc_time& delay) {
  path_through p;
  if (!find_path(port, trans, p))
    return;
  if (!m_initiators[p.out]) { // what hops do themselves takes its own time, and blocking calls have none to give
    trans.set_response_status(tlm::TLM_COMMAND_ERROR_RESPONSE);
    return;
  }
  delay += to_sc_time(wake_up() + forward_time(p));
  const sc_core::sc_time left = sc_core::sc_time_stamp() + delay;
  narrow(trans, p);
  m_initiators[p.out]->socket->b_transport(trans, delay);
  restore(trans, p);
  const femtoseconds beyond = to_femtoseconds(sc_core::sc_time_stamp() + delay - left);
  // From when it was passed on to when its data are through: the first packet of a write left before.
  femtoseconds through = p.bytes > 0 ? m_channels[p.egress].serialisation(p.bytes, p.limit) + stall(p.egress, p.bytes) : 0;
  if (p.data_forward && p.bytes > 0)
    through -= std::min(through, m_channels[p.egress].packet_time(p.bytes));
  const femtoseconds waited = beyond + last_packet_time(p);
  delay += to_sc_time(std::max(waited, through) - beyond + answer_time(p));
  account_for(p);
  if (m_free.size() == m_transfers.size())
    rest();
}

unsigned cut_through_hop::transport_dbg(unsigned port, tlm_generic_payload& trans) {
  const unsigned out = route(port, trans.get_address());
  return out == nowhere || !m_initiators[out] || !m_initiators[out]->bound() ? 0 : m_initiators[out]->socket->transport_dbg(trans);
}

} // namespace strata::base
