// SPDX-License-Identifier: Apache-2.0
#include "models/base/stream.hpp"

#include <algorithm>
#include <cstring>

namespace strata::base {

struct payload_pool::slot {
  tlm::tlm_generic_payload trans; // first, so that free() finds the slot
  stream_extension extension;
  unsigned char data[access_unit] = {};
};

payload_pool::~payload_pool() {
  for (slot* s : m_all) {
    s->trans.clear_extension(&s->extension); // owned by the slot, not by the payload
    delete s;
  }
}

payload_pool::slot& payload_pool::take() {
  if (m_free.empty()) {
    auto* fresh = new slot;
    fresh->trans.set_mm(this);
    fresh->trans.set_extension(&fresh->extension);
    m_all.push_back(fresh);
    m_free.push_back(fresh);
  }
  slot& s = *m_free.back();
  m_free.pop_back();
  s.extension.ordered = false;
  s.trans.acquire();
  s.extension.poisoned_bytes = 0;
  s.trans.set_dmi_allowed(false);
  s.trans.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
  s.trans.set_byte_enable_ptr(nullptr);
  s.trans.set_byte_enable_length(0);
  return s;
}

tlm::tlm_generic_payload& payload_pool::stream_payload(tlm::tlm_command command, std::uint64_t address,
                                                       const stream& value) {
  slot& s = take();
  s.extension.value = value;
  s.trans.set_command(command);
  s.trans.set_address(address);
  s.trans.set_data_ptr(s.data);
  const auto length = static_cast<unsigned>(std::clamp<std::uint64_t>(value.bytes, 1, access_unit));
  s.trans.set_data_length(length);
  s.trans.set_streaming_width(length);
  return s.trans;
}

tlm::tlm_generic_payload& payload_pool::plain_payload(tlm::tlm_command command, std::uint64_t address, void* data,
                                                      unsigned length) {
  slot& s = take();
  s.extension.value = {};
  s.trans.set_command(command);
  s.trans.set_address(address);
  s.trans.set_data_ptr(static_cast<unsigned char*>(data));
  s.trans.set_data_length(length);
  s.trans.set_streaming_width(length);
  return s.trans;
}

tlm::tlm_generic_payload& payload_pool::word_payload(std::uint64_t address, std::uint64_t value) {
  slot& s = take();
  s.extension.value = {};
  std::memcpy(s.data, &value, sizeof value);
  s.trans.set_command(tlm::TLM_WRITE_COMMAND);
  s.trans.set_address(address);
  s.trans.set_data_ptr(s.data);
  s.trans.set_data_length(sizeof value);
  s.trans.set_streaming_width(sizeof value);
  return s.trans;
}

void payload_pool::free(tlm::tlm_generic_payload* trans) {
  // Foreign components may have hung automatic extensions on it; ours is sticky and survives.
  trans->reset();
  m_free.push_back(reinterpret_cast<slot*>(trans));
}

} // namespace strata::base
