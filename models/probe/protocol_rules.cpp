// SPDX-License-Identifier: Apache-2.0
// Each rule, at the call where it can first be seen broken.
#include "models/probe/protocol_rules.hpp"

namespace strata::probe {

using base::femtoseconds;
using tlm::tlm_generic_payload;
using tlm::tlm_phase;
using tlm::tlm_sync_enum;

namespace {

protocol_rules::attributes attributes_of(const tlm_generic_payload& t) {
  const auto* ext = t.get_extension<base::stream_extension>();
  return {t.get_command(), t.get_address(), t.get_data_ptr(), t.get_byte_enable_ptr(), t.get_data_length(),
          t.get_streaming_width(), t.get_byte_enable_length(), ext ? ext->value : base::stream{}};
}

bool same(const base::stream& a, const base::stream& b) {
  return a.bytes == b.bytes && a.footprint == b.footprint && a.stride == b.stride && a.rate_limit == b.rate_limit &&
         a.pattern == b.pattern;
}

bool base_phase(const tlm_phase& p) {
  return p == tlm::BEGIN_REQ || p == tlm::END_REQ || p == tlm::BEGIN_RESP || p == tlm::END_RESP;
}

} // namespace

protocol_rules::transaction* protocol_rules::find(const payload& trans) {
  const auto it = m_transactions.find(&trans);
  return it == m_transactions.end() ? nullptr : &it->second;
}

void protocol_rules::check_request(const payload& t) {
  const bool moves_data = t.get_command() != tlm::TLM_IGNORE_COMMAND;
  require(!moves_data || t.get_data_ptr() != nullptr, "data pointer is null");
  require(!moves_data || t.get_data_length() > 0, "data length is 0");
  require(!moves_data || t.get_streaming_width() > 0, "streaming width is 0");
  require(t.get_byte_enable_ptr() == nullptr || t.get_byte_enable_length() > 0, "byte enable length is 0");
  require(t.get_response_status() == tlm::TLM_INCOMPLETE_RESPONSE, "response status of a request is not incomplete");
  require(!t.is_dmi_allowed(), "DMI hint of a request is set");
}

void protocol_rules::check_unmodified(const payload& trans, const attributes& begun, bool at_response) {
  const attributes seen = attributes_of(trans);
  require(seen.command == begun.command, "command was modified");
  require(seen.data == begun.data, "data pointer was modified");
  require(seen.length == begun.length, "data length was modified");
  require(seen.width == begun.width, "streaming width was modified");
  require(seen.byte_enables == begun.byte_enables && seen.byte_enable_length == begun.byte_enable_length,
          "byte enables were modified");
  if (!at_response) // beyond, an interconnect may have rewritten the rest for the time being
    return;
  require(seen.address == begun.address, "address was not restored");
  require(same(seen.stream, begun.stream), "stream was not restored");
  require(trans.get_response_status() != tlm::TLM_INCOMPLETE_RESPONSE, "response status is incomplete");
}

void protocol_rules::check_time(transaction& t, femtoseconds at) {
  require(at >= t.last, "time of a transaction runs backwards");
  t.last = std::max(t.last, at);
}

void protocol_rules::request_ended(const payload& trans) {
  if (m_requesting == &trans)
    m_requesting = nullptr;
}

void protocol_rules::response_begun(const payload& trans, transaction& t) {
  require(t.at != stage::response, "BEGIN_RESP twice");
  require(m_responding == nullptr, "response exclusion: BEGIN_RESP before END_RESP of the previous one");
  check_unmodified(trans, t.begun, true);
  request_ended(trans);
  t.at = stage::response;
  m_responding = &trans;
}

void protocol_rules::ended(const payload& trans) {
  request_ended(trans);
  if (m_responding == &trans)
    m_responding = nullptr;
  m_transactions.erase(&trans);
}

std::uint64_t protocol_rules::forward_called(const payload& trans, const tlm_phase& phase, femtoseconds at) {
  const std::uint64_t call = ++m_calls;
  transaction* t = find(trans);
  if (phase == tlm::BEGIN_REQ) {
    require(t == nullptr, "BEGIN_REQ of a transaction under way");
    require(m_requesting == nullptr, "request exclusion: BEGIN_REQ before END_REQ of the previous one");
    require(trans.has_mm() && trans.get_ref_count() > 0, "non-blocking payload without memory manager or reference");
    check_request(trans);
    m_transactions.insert_or_assign(&trans, transaction{stage::request, attributes_of(trans), at, call});
    m_requesting = &trans;
  } else if (phase == tlm::END_RESP) {
    require(t != nullptr && t->at == stage::response, "END_RESP without BEGIN_RESP");
    if (t) {
      check_time(*t, at);
      ended(trans);
    }
  } else {
    require(!base_phase(phase), "phase of the backward path on the forward path");
  }
  return call;
}

void protocol_rules::forward_returned(const payload& trans, std::uint64_t call, const tlm_phase& called,
                                      tlm_sync_enum status, const tlm_phase& phase, femtoseconds at) {
  if (called == tlm::END_RESP)
    require(status != tlm::TLM_UPDATED, "END_RESP answered with a further phase");
  if (called != tlm::BEGIN_REQ || status == tlm::TLM_ACCEPTED)
    return;
  transaction* t = find(trans);
  if (!t || t->steps != call) {
    require(false, "call returns a phase although the transaction moved on during it");
    return;
  }
  check_time(*t, at);
  if (status == tlm::TLM_COMPLETED) {
    check_unmodified(trans, t->begun, true);
    ended(trans);
  } else if (phase == tlm::END_REQ) {
    check_unmodified(trans, t->begun, false);
    t->at = stage::requested;
    request_ended(trans);
  } else if (phase == tlm::BEGIN_RESP) {
    response_begun(trans, *t);
  } else {
    require(!base_phase(phase), "BEGIN_REQ answered with a phase of the forward path");
  }
}

std::uint64_t protocol_rules::backward_called(const payload& trans, const tlm_phase& phase, femtoseconds at) {
  const std::uint64_t call = ++m_calls;
  transaction* t = find(trans);
  if (!base_phase(phase))
    return call;
  if (!t) {
    require(false, "backward call for a transaction that is not under way");
    return call;
  }
  t->steps = call;
  check_time(*t, at);
  if (phase == tlm::END_REQ) {
    require(t->at == stage::request, "END_REQ out of order");
    check_unmodified(trans, t->begun, false);
    if (t->at == stage::request)
      t->at = stage::requested;
    request_ended(trans);
  } else if (phase == tlm::BEGIN_RESP) {
    response_begun(trans, *t);
  } else {
    require(false, "phase of the forward path on the backward path");
  }
  return call;
}

void protocol_rules::backward_returned(const payload& trans, std::uint64_t call, const tlm_phase& called,
                                       tlm_sync_enum status, const tlm_phase& phase, femtoseconds at) {
  if (called == tlm::END_REQ)
    require(status == tlm::TLM_ACCEPTED, "END_REQ answered with more than acceptance");
  if (called != tlm::BEGIN_RESP || status == tlm::TLM_ACCEPTED)
    return;
  require(status == tlm::TLM_COMPLETED || phase == tlm::END_RESP, "BEGIN_RESP answered with a phase other than END_RESP");
  transaction* t = find(trans);
  if (!t || t->steps != call) {
    require(false, "call returns a phase although the transaction moved on during it");
    return;
  }
  check_time(*t, at);
  ended(trans);
}

protocol_rules::attributes protocol_rules::blocking_called(const payload& trans) {
  require(find(trans) == nullptr, "b_transport of a transaction under way");
  check_request(trans);
  return attributes_of(trans);
}

void protocol_rules::blocking_returned(const payload& trans, const attributes& before, femtoseconds called,
                                       femtoseconds returned) {
  check_unmodified(trans, before, true);
  require(returned >= called, "time of a transaction runs backwards");
}

void protocol_rules::debug_returned(const payload& trans, unsigned count) {
  require(count <= trans.get_data_length(), "debug access returned more bytes than asked for");
}

void protocol_rules::direct_memory_returned(const payload& trans, const tlm::tlm_dmi& dmi, bool granted) {
  require(dmi.get_start_address() <= dmi.get_end_address(), "DMI region ends before it starts");
  if (!granted)
    return;
  const auto address = trans.get_address();
  require(dmi.get_dmi_ptr() != nullptr, "DMI granted without a pointer");
  require(dmi.get_start_address() <= address && address <= dmi.get_end_address(), "DMI region excludes the address asked for");
  require(trans.is_read() ? dmi.is_read_allowed() : !trans.is_write() || dmi.is_write_allowed(),
          "DMI granted without the access asked for");
}

void protocol_rules::invalidated(sc_dt::uint64 start, sc_dt::uint64 end) {
  require(start <= end, "DMI invalidation ends before it starts");
}

} // namespace strata::probe
