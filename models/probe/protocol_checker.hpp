// SPDX-License-Identifier: Apache-2.0
// Sits on a binding and reports every violation of the TLM-2.0 base protocol; passes all calls on unchanged.
#pragma once

#include "models/base/parameter.hpp"
#include "models/probe/protocol_rules.hpp"
#include "models/probe/tap.hpp"

namespace strata::probe {

class protocol_checker : public tap {
public:
  struct config {
    std::string binding; ///< name in reports, e.g. "gpu[0].fabric -> nvlink.a"; "" = the checker's own path
    void parameters(base::parameter_list& p);
  };
  protocol_checker(sc_core::sc_module_name name, const config& c);
  static const base::component_description& describe();

  std::uint64_t violations() const { return m_violations; }
  /// Transactions begun and not ended; 0 once a system has come to rest.
  std::size_t in_progress() const { return m_rules.in_progress(); }

private:
  tlm::tlm_sync_enum nb_transport_fw(tlm::tlm_generic_payload& trans, tlm::tlm_phase& phase, sc_core::sc_time& delay) override;
  tlm::tlm_sync_enum nb_transport_bw(tlm::tlm_generic_payload& trans, tlm::tlm_phase& phase, sc_core::sc_time& delay) override;
  void b_transport(tlm::tlm_generic_payload& trans, sc_core::sc_time& delay) override;
  unsigned transport_dbg(tlm::tlm_generic_payload& trans) override;
  bool get_direct_mem_ptr(tlm::tlm_generic_payload& trans, tlm::tlm_dmi& dmi) override;
  void invalidate_direct_mem_ptr(sc_dt::uint64 start, sc_dt::uint64 end) override;

  std::string m_binding;
  std::uint64_t m_violations = 0;
  protocol_rules m_rules;
};

} // namespace strata::probe
