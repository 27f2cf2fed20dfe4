// SPDX-License-Identifier: Apache-2.0
#include "models/dma/copy_engine.hpp"

#include <algorithm>
#include <cstring>

namespace strata::dma {

using base::now;
using tlm::tlm_generic_payload;

void copy_engine::config::parameters(base::parameter_list& p) {
  p.add("channels", channels, base::between(1, registers::max_channels), "queues, each doing one copy at a time");
  p.add("start_latency", start_latency, base::non_negative(), "from a copy's turn to its first request");
  p.add("bandwidth", bandwidth, base::non_negative(), "of one copy at most; 0 = what the memories and the way to them give");
  p.add("energy_per_bit", energy_per_bit, base::non_negative(), "energy of a bit copied, besides memories and links");
  p.add("static_power", static_power, base::non_negative(), "power drawn while idle");
  p.add("level", level, "energy level that it reports under");
}

copy_engine::copy_engine(sc_core::sc_module_name name, const config& c)
    : sc_core::sc_module(name), m_config(c), m_in("port_in", 0, *this), m_out("port_out", 0, *this), m_channels(c.channels),
      m_copied(add_meter({"copied", "B", c.level, "data copied", 8 * c.energy_per_bit.value()})),
      m_asked(add_meter({"asked.port", "B", c.level, "bytes asked of memories, read and written"})) {
  expose_initiator("port", 0, m_out.socket);
  expose_target("port", 0, m_in.socket);
  set_static_power(c.static_power);
  SC_METHOD(step);
  sensitive << m_wake;
  dont_initialize();
}

void copy_engine::on_request(unsigned, tlm_generic_payload& trans) {
  trans.set_response_status(access(trans));
  m_in.respond(trans);
}

void copy_engine::b_transport(unsigned, tlm_generic_payload& trans, sc_core::sc_time&) {
  trans.set_response_status(access(trans));
}

unsigned copy_engine::transport_dbg(unsigned, tlm_generic_payload& trans) {
  const std::uint64_t offset = trans.get_address() - m_window.base;
  return trans.is_read() && read_register(offset, trans.get_data_length(), trans.get_data_ptr()) ? trans.get_data_length() : 0;
}

bool copy_engine::read_register(std::uint64_t offset, unsigned length, void* to) const {
  if (length != sizeof(std::uint64_t) || (offset != registers::completed && offset != registers::pending))
    return false;
  const std::uint64_t value = offset == registers::completed ? m_completed : m_pending;
  std::memcpy(to, &value, sizeof value);
  return true;
}

tlm::tlm_response_status copy_engine::access(tlm_generic_payload& trans) {
  const std::uint64_t offset = trans.get_address() - m_window.base;
  if (trans.get_byte_enable_ptr())
    return tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE;
  if (trans.get_command() == tlm::TLM_IGNORE_COMMAND)
    return tlm::TLM_OK_RESPONSE;
  if (trans.is_read())
    return read_register(offset, trans.get_data_length(), trans.get_data_ptr()) ? tlm::TLM_OK_RESPONSE
                                                                               : tlm::TLM_ADDRESS_ERROR_RESPONSE;
  const std::uint64_t number = (offset - registers::copies) / registers::copy_stride;
  if (number >= m_channels.size() || offset % registers::copy_stride != 0)
    return tlm::TLM_ADDRESS_ERROR_RESPONSE;
  copy_item item;
  if (trans.get_data_length() != sizeof item || trans.get_streaming_width() < sizeof item)
    return tlm::TLM_BURST_ERROR_RESPONSE;
  std::memcpy(&item, trans.get_data_ptr(), sizeof item);
  if (item.bytes == 0)
    return tlm::TLM_COMMAND_ERROR_RESPONSE;
  ++m_pending;
  m_channels[number].queue.push_back(item);
  if (m_channels[number].queue.size() == 1)
    begin(static_cast<unsigned>(number));
  return tlm::TLM_OK_RESPONSE;
}

void copy_engine::begin(unsigned number) {
  m_starts.push({now() + to_femtoseconds(m_config.start_latency), number});
  m_wake.notify(base::to_sc_time(m_starts.top().due - now()));
}

void copy_engine::step() {
  while (!m_starts.empty() && m_starts.top().due <= now()) {
    const unsigned number = m_starts.top().channel;
    m_starts.pop();
    const copy_item item = m_channels[number].queue.front();
    m_channels[number].outstanding = 2;
    request(number, tlm::TLM_READ_COMMAND, item.source, item.bytes);
    request(number, tlm::TLM_WRITE_COMMAND, item.destination, item.bytes);
  }
  if (!m_starts.empty())
    m_wake.notify(base::to_sc_time(m_starts.top().due - now()));
}

void copy_engine::request(unsigned number, tlm::tlm_command command, std::uint64_t address, std::uint64_t bytes) {
  base::stream s;
  s.bytes = bytes;
  s.rate_limit = m_config.bandwidth.value();
  m_asked.amount += static_cast<double>(bytes);
  tlm_generic_payload& trans = m_pool.stream_payload(command, address, s);
  m_in_flight.push_back({&trans, number});
  m_out.send(trans);
}

void copy_engine::on_response(unsigned, tlm_generic_payload& trans) {
  const auto it = std::find_if(m_in_flight.begin(), m_in_flight.end(),
                               [&trans](const in_flight& f) { return f.trans == &trans; });
  const unsigned number = it->channel;
  m_in_flight.erase(it);
  if (!trans.is_response_ok() && base::poisoned_bytes(trans) == 0)
    SC_REPORT_ERROR("strata/dma", (path() + ": access to address " + std::to_string(trans.get_address()) + " failed: " +
                                   trans.get_response_string()).c_str());
  trans.release();
  if (number != signal && --m_channels[number].outstanding == 0)
    finish(number);
}

void copy_engine::finish(unsigned number) {
  channel& c = m_channels[number];
  const copy_item done = c.queue.front();
  c.queue.pop_front();
  m_copied.amount += static_cast<double>(done.bytes);
  ++m_completed;
  --m_pending;
  tlm_generic_payload& trans = m_pool.word_payload(done.signal_address, done.signal_value);
  m_in_flight.push_back({&trans, signal});
  m_out.send(trans);
  if (!c.queue.empty())
    begin(number);
}

const base::component_description& copy_engine::describe() {
  static const base::component_description d{
      "copy_engine",
      "Copy engine (DMA) of a host or an expander: moves data between memories while compute devices go on.",
      {{"port", base::socket_kind::duplex, "1", true, "registers in; reads, writes and signals out"}},
      {{"copied", "B", "data copied"}, {"asked.port", "B", "bytes asked of memories, read and written"}},
      false,
      "Each channel does the copies of its queue in order. A copy waits start_latency, then asks for its source and writes "
      "its destination as two streams at once; it ends when both have ended, and its 8-byte signal is written. Copies "
      "compete on links and in memories like any other stream.",
      {"descriptors are not fetched from memory", "poisoned data are copied as they are",
       "a destination that is faster than the source is not held back: its stream ends earlier"},
      "Against the closed form of latency and the slower of both streams: exact."};
  return d;
}

} // namespace strata::dma
