// SPDX-License-Identifier: Apache-2.0
#include "models/base/memory_module.hpp"

namespace strata::base {

using tlm::tlm_generic_payload;

memory_module::memory_module(sc_core::sc_module_name name, std::uint64_t capacity_bytes, unsigned ports,
                             unsigned queue_depth, bool store_data, service_policy& policy)
    : sc_core::sc_module(name), m_capacity(capacity_bytes), m_policy(policy),
      m_data(store_data ? std::make_unique<sparse_memory>() : nullptr),
      m_served(add_meter({"served", "B", "memory", "bytes read and written, whatever the energy"})) {
  target_handler& handler = *this;
  for (unsigned i = 0; i < ports; ++i) {
    m_ports.push_back(std::make_unique<target_port>(("port_" + std::to_string(i)).c_str(), i, handler, queue_depth));
    expose_target("port", i, m_ports.back()->socket);
  }
  SC_METHOD(step);
  sensitive << m_wake;
  dont_initialize();
}

bool memory_module::check(tlm_generic_payload& trans) const {
  const std::uint64_t offset = trans.get_address() - m_base;
  const stream s = stream_of(trans);
  const std::uint64_t footprint = s.footprint ? s.footprint : s.bytes;
  if (offset >= m_capacity || footprint > m_capacity - offset)
    trans.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
  else if (trans.get_byte_enable_ptr())
    trans.set_response_status(tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE);
  else if (trans.get_streaming_width() < trans.get_data_length())
    trans.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
  else
    return true;
  return false;
}

void memory_module::access_data(tlm_generic_payload& trans, std::uint64_t poisoned) {
  auto* ext = trans.get_extension<stream_extension>();
  const bool bulk = ext && ext->value.bytes; // a stream's data is not carried
  if (m_data && !bulk) {
    const std::uint64_t offset = trans.get_address() - m_base;
    if (trans.is_read())
      m_data->read(offset, trans.get_data_ptr(), trans.get_data_length());
    else if (trans.is_write())
      m_data->write(offset, trans.get_data_ptr(), trans.get_data_length());
  } else if (!bulk && trans.is_read()) {
    std::memset(trans.get_data_ptr(), 0, trans.get_data_length());
  }
  if (ext)
    ext->poisoned_bytes = poisoned;
  trans.set_response_status(poisoned > 0 ? tlm::TLM_GENERIC_ERROR_RESPONSE : tlm::TLM_OK_RESPONSE);
}

memory_access memory_module::access_of(const tlm_generic_payload& trans, std::uint64_t id) const {
  return {id, trans.get_address() - m_base, trans.is_write(), stream_of(trans)};
}

void memory_module::note_occupancy(femtoseconds at) {
  m_occupancy_s += static_cast<double>(m_in_progress) * to_seconds(at - m_last_change);
  m_last_change = at;
}

void memory_module::on_request(unsigned port, tlm_generic_payload& trans) {
  if (!check(trans)) {
    m_ports[port]->respond(trans);
    return;
  }
  if (trans.get_command() == tlm::TLM_IGNORE_COMMAND) {
    trans.set_response_status(tlm::TLM_OK_RESPONSE);
    m_ports[port]->respond(trans);
    return;
  }
  std::uint64_t id = m_pending.size();
  if (m_free_slots.empty()) {
    m_pending.emplace_back();
  } else {
    id = m_free_slots.back();
    m_free_slots.pop_back();
  }
  const femtoseconds at = now();
  note_occupancy(at);
  ++m_in_progress;
  m_pending[id] = {&trans, port, access_of(trans, id), at, 0};
  m_policy.start(at, m_pending[id].access);
  schedule();
}

void memory_module::step() {
  const femtoseconds at = now();
  m_done.clear();
  m_policy.advance(at, m_done);
  note_occupancy(at);
  for (const std::uint64_t id : m_done) {
    pending& p = m_pending[id];
    account(p.access);
    const access_errors errors = errors_in(p.access);
    p.poisoned = errors.poisoned_bytes;
    if (errors.delay > 0)
      m_corrections.push({at + errors.delay, m_corrected++, id});
    else
      finish(id);
  }
  while (!m_corrections.empty() && m_corrections.top().until <= at) {
    const std::uint64_t id = m_corrections.top().id;
    m_corrections.pop();
    finish(id);
  }
  schedule();
}

void memory_module::finish(std::uint64_t id) {
  const pending p = m_pending[id];
  m_free_slots.push_back(id);
  --m_in_progress;
  m_latency_sum_s += to_seconds(now() - p.start);
  m_served.amount += static_cast<double>(p.access.stream.bytes);
  access_data(*p.trans, p.poisoned);
  m_ports[p.port]->respond(*p.trans);
}

void memory_module::schedule() {
  const femtoseconds next = std::min(m_policy.next(), m_corrections.empty() ? never : m_corrections.top().until);
  if (next == never)
    return;
  const femtoseconds at = now();
  m_wake.notify(to_sc_time(next > at ? next - at : 0));
}

void memory_module::b_transport(unsigned, tlm_generic_payload& trans, sc_core::sc_time& delay) {
  if (!check(trans))
    return;
  if (trans.get_command() != tlm::TLM_IGNORE_COMMAND) {
    const memory_access access = access_of(trans, never);
    account(access);
    const access_errors errors = errors_in(access);
    delay += to_sc_time(m_policy.unloaded(access) + errors.delay);
    m_served.amount += static_cast<double>(access.stream.bytes);
    access_data(trans, errors.poisoned_bytes);
  } else {
    trans.set_response_status(tlm::TLM_OK_RESPONSE);
  }
  trans.set_dmi_allowed(m_data != nullptr);
}

unsigned memory_module::transport_dbg(unsigned, tlm_generic_payload& trans) {
  const std::uint64_t offset = trans.get_address() - m_base;
  if (offset >= m_capacity)
    return 0;
  const auto length = static_cast<unsigned>(std::min<std::uint64_t>(trans.get_data_length(), m_capacity - offset));
  if (!m_data) {
    if (trans.is_read())
      std::memset(trans.get_data_ptr(), 0, length);
    return trans.is_read() ? length : 0;
  }
  if (trans.is_read())
    m_data->read(offset, trans.get_data_ptr(), length);
  else if (trans.is_write())
    m_data->write(offset, trans.get_data_ptr(), length);
  return length;
}

bool memory_module::get_direct_mem_ptr(unsigned, tlm_generic_payload& trans, tlm::tlm_dmi& dmi) {
  const std::uint64_t offset = trans.get_address() - m_base;
  if (!m_data || offset >= m_capacity)
    return false;
  const std::uint64_t page = offset / sparse_memory::page_bytes * sparse_memory::page_bytes;
  dmi.set_dmi_ptr(m_data->page_of(offset));
  dmi.set_start_address(m_base + page);
  dmi.set_end_address(m_base + std::min(page + sparse_memory::page_bytes, m_capacity) - 1);
  dmi.allow_read_write();
  memory_access unit{never, offset, false, {}};
  unit.stream.bytes = payload_pool::access_unit;
  dmi.set_read_latency(to_sc_time(m_policy.unloaded(unit)));
  unit.write = true;
  dmi.set_write_latency(to_sc_time(m_policy.unloaded(unit)));
  return true;
}

} // namespace strata::base
