// SPDX-License-Identifier: Apache-2.0
// The TLM-2.0 base-protocol rules (IEEE 1666-2011, clauses 14 and 15) as a state machine over the calls on one
// binding. Knows payloads and phases but no module and no kernel: instants are given to it.
#pragma once

#include "models/base/stream.hpp"

#include <functional>
#include <string>
#include <unordered_map>

namespace strata::probe {

class protocol_rules {
public:
  /// `violated` is called with the rule that a call broke.
  explicit protocol_rules(std::function<void(const std::string& rule)> violated) : m_violated(std::move(violated)) {}

  /// Around a non-blocking call, on either path. `at` is simulated time plus the annotated delay. Give what
  /// *_called returned to *_returned of the same call.
  std::uint64_t forward_called(const tlm::tlm_generic_payload& trans, const tlm::tlm_phase& phase, base::femtoseconds at);
  void forward_returned(const tlm::tlm_generic_payload& trans, std::uint64_t call, const tlm::tlm_phase& called,
                        tlm::tlm_sync_enum status, const tlm::tlm_phase& phase, base::femtoseconds at);
  std::uint64_t backward_called(const tlm::tlm_generic_payload& trans, const tlm::tlm_phase& phase, base::femtoseconds at);
  void backward_returned(const tlm::tlm_generic_payload& trans, std::uint64_t call, const tlm::tlm_phase& called,
                         tlm::tlm_sync_enum status, const tlm::tlm_phase& phase, base::femtoseconds at);

  /// What may not change while a transaction is under way.
  struct attributes {
    tlm::tlm_command command;
    sc_dt::uint64 address;
    const unsigned char* data;
    const unsigned char* byte_enables;
    unsigned length, width, byte_enable_length;
    base::stream stream;
  };
  /// Around a blocking call.
  attributes blocking_called(const tlm::tlm_generic_payload& trans);
  void blocking_returned(const tlm::tlm_generic_payload& trans, const attributes& before, base::femtoseconds called,
                         base::femtoseconds returned);

  void debug_returned(const tlm::tlm_generic_payload& trans, unsigned count);
  void direct_memory_returned(const tlm::tlm_generic_payload& trans, const tlm::tlm_dmi& dmi, bool granted);
  void invalidated(sc_dt::uint64 start, sc_dt::uint64 end);

  /// Transactions begun and not ended.
  std::size_t in_progress() const { return m_transactions.size(); }

private:
  enum class stage { request, requested, response };
  struct transaction {
    stage at;
    attributes begun;
    base::femtoseconds last;
    std::uint64_t steps; ///< number of the call that moved it last
  };
  using payload = tlm::tlm_generic_payload;

  void require(bool holds, const char* rule) {
    if (!holds)
      m_violated(rule);
  }
  transaction* find(const payload& trans);
  void check_request(const payload& trans);
  void check_unmodified(const payload& trans, const attributes& begun, bool at_response);
  void check_time(transaction& t, base::femtoseconds at);
  void request_ended(const payload& trans);
  void response_begun(const payload& trans, transaction& t);
  void ended(const payload& trans);

  std::function<void(const std::string&)> m_violated;
  std::unordered_map<const payload*, transaction> m_transactions; ///< looked up only, never iterated
  const payload* m_requesting = nullptr; ///< BEGIN_REQ without END_REQ
  const payload* m_responding = nullptr; ///< BEGIN_RESP without END_RESP
  std::uint64_t m_calls = 0;
};

} // namespace strata::probe
