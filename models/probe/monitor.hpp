// SPDX-License-Identifier: Apache-2.0
// Sits on a binding and counts transactions, bytes and latencies; passes all calls on unchanged.
#pragma once

#include "models/base/parameter.hpp"
#include "models/probe/tap.hpp"

#include <functional>
#include <utility>
#include <vector>

namespace strata::probe {

class monitor : public tap {
public:
  struct config {
    std::string level = "probe";
    void parameters(base::parameter_list& p);
  };
  monitor(sc_core::sc_module_name name, const config& c);
  static const base::component_description& describe();

  /// From BEGIN_REQ (or the blocking call) to BEGIN_RESP (or its return), annotated delays included.
  struct latencies {
    std::uint64_t count = 0;
    base::femtoseconds sum = 0, least = base::never, most = 0;
  };
  const latencies& latency() const { return m_latency; }
  /// Called with each transaction when it is answered; may be empty.
  std::function<void(const tlm::tlm_generic_payload& trans, base::femtoseconds begin, base::femtoseconds end)> on_answer;

private:
  tlm::tlm_sync_enum nb_transport_fw(tlm::tlm_generic_payload& trans, tlm::tlm_phase& phase, sc_core::sc_time& delay) override;
  tlm::tlm_sync_enum nb_transport_bw(tlm::tlm_generic_payload& trans, tlm::tlm_phase& phase, sc_core::sc_time& delay) override;
  void b_transport(tlm::tlm_generic_payload& trans, sc_core::sc_time& delay) override;
  void answered(const tlm::tlm_generic_payload& trans, const sc_core::sc_time& delay);
  void record(const tlm::tlm_generic_payload& trans, base::femtoseconds begin, base::femtoseconds end);

  std::vector<std::pair<const tlm::tlm_generic_payload*, base::femtoseconds>> m_begun; ///< few at a time
  latencies m_latency;
  base::meter& m_transactions;
  base::meter& m_read;
  base::meter& m_written;
};

} // namespace strata::probe
