// SPDX-License-Identifier: Apache-2.0
// A module in the middle of a binding that passes everything on unchanged and takes no time; probes derive from it
// and override the interfaces they watch, calling the tap's own function to pass the call on.
#pragma once

#include "models/base/component.hpp"

namespace strata::probe {

class tap : public sc_core::sc_module, public base::component {
public:
  std::string path() const override { return name(); }

  tlm_utils::passthrough_target_socket_optional<tap, 64> in;    ///< bind the initiator here
  tlm_utils::simple_initiator_socket_optional<tap, 64> out;     ///< bind this to the target

protected:
  explicit tap(sc_core::sc_module_name name);

  virtual tlm::tlm_sync_enum nb_transport_fw(tlm::tlm_generic_payload& trans, tlm::tlm_phase& phase, sc_core::sc_time& delay);
  virtual tlm::tlm_sync_enum nb_transport_bw(tlm::tlm_generic_payload& trans, tlm::tlm_phase& phase, sc_core::sc_time& delay);
  virtual void b_transport(tlm::tlm_generic_payload& trans, sc_core::sc_time& delay);
  virtual unsigned transport_dbg(tlm::tlm_generic_payload& trans);
  virtual bool get_direct_mem_ptr(tlm::tlm_generic_payload& trans, tlm::tlm_dmi& dmi);
  virtual void invalidate_direct_mem_ptr(sc_dt::uint64 start, sc_dt::uint64 end);
};

} // namespace strata::probe
