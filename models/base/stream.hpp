// SPDX-License-Identifier: Apache-2.0
// A tensor-sized transfer as one TLM transaction. The stream extension rides on an ordinary generic payload whose
// own data (one access unit) stays valid, so a target that does not know the extension times a single access and
// nothing breaks: the extension is ignorable.
#pragma once

#include "models/base/systemc.hpp"

#include <cstddef>
#include <vector>

namespace strata::base {

enum class access_pattern : std::uint8_t {
  sequential, ///< consecutive addresses
  strided,    ///< `stride` bytes between access units
  random,     ///< uniformly random access units within [address, address + footprint)
};

/// What a bulk transfer asks of a resource. Kernel-free policies take it by value.
struct stream {
  std::uint64_t bytes = 0;     ///< total payload; 0 = not a stream, the payload's data_length counts
  std::uint64_t footprint = 0; ///< bytes of address space touched; 0 = same as bytes
  std::uint64_t stride = 0;    ///< for access_pattern::strided
  double rate_limit = 0;       ///< B/s the requester or the path so far can take; 0 = none
  access_pattern pattern = access_pattern::sequential;
};

class stream_extension : public tlm::tlm_extension<stream_extension> {
public:
  stream value;
  bool ordered = false; ///< a write that hops pass on only behind the earlier ones to its address from its initiator
  /// Set by a memory: bytes of the response with errors beyond correction. The response status is then
  /// TLM_GENERIC_ERROR_RESPONSE, and the rest of the data is good.
  std::uint64_t poisoned_bytes = 0;
  tlm::tlm_extension_base* clone() const override { return new stream_extension(*this); }
  void copy_from(const tlm::tlm_extension_base& other) override {
    *this = static_cast<const stream_extension&>(other);
  }
};

/// Bytes that `trans` moves: of its stream, or of its own data where it is none.
inline std::uint64_t transfer_bytes(const tlm::tlm_generic_payload& trans) {
  const auto* ext = trans.get_extension<stream_extension>();
  return ext && ext->value.bytes ? ext->value.bytes : trans.get_data_length();
}

/// Bytes of a response that came with errors beyond correction.
inline std::uint64_t poisoned_bytes(const tlm::tlm_generic_payload& trans) {
  const auto* ext = trans.get_extension<stream_extension>();
  return trans.is_response_ok() || !ext ? 0 : ext->poisoned_bytes;
}

/// The stream of `trans`; for a plain access one of its data length.
inline stream stream_of(const tlm::tlm_generic_payload& trans) {
  const auto* ext = trans.get_extension<stream_extension>();
  if (ext && ext->value.bytes)
    return ext->value;
  stream s;
  s.bytes = trans.get_data_length();
  return s;
}

/// Recycles generic payloads, each with a stream extension and a 64-byte access unit of its own. Not thread-safe,
/// as SystemC is not. Must outlive the payloads it handed out.
class payload_pool : public tlm::tlm_mm_interface {
public:
  static constexpr unsigned access_unit = 64; ///< bytes of data behind a stream payload

  payload_pool() = default;
  payload_pool(const payload_pool&) = delete;
  payload_pool& operator=(const payload_pool&) = delete;
  ~payload_pool() override;

  /// A payload with one reference held by the caller (release() gives it back), set up for a bulk transfer.
  tlm::tlm_generic_payload& stream_payload(tlm::tlm_command command, std::uint64_t address, const stream& s);
  /// Likewise for a plain access to caller-owned data.
  tlm::tlm_generic_payload& plain_payload(tlm::tlm_command command, std::uint64_t address, void* data,
                                          unsigned length);
  /// A plain 8-byte write of `value`, held in the payload's own buffer.
  tlm::tlm_generic_payload& word_payload(std::uint64_t address, std::uint64_t value);

  void free(tlm::tlm_generic_payload* trans) override;

private:
  struct slot;
  slot& take();
  std::vector<slot*> m_all;
  std::vector<slot*> m_free;
};

} // namespace strata::base
