// SPDX-License-Identifier: Apache-2.0
// Passes every interface call of the TLM-2.0 base protocol on.
#include "models/probe/tap.hpp"

namespace strata::probe {

using sc_core::sc_time;
using tlm::tlm_generic_payload;
using tlm::tlm_phase;
using tlm::tlm_sync_enum;

tap::tap(sc_core::sc_module_name name) : sc_core::sc_module(name), in("in"), out("out") {
  in.register_nb_transport_fw(this, &tap::nb_transport_fw);
  in.register_b_transport(this, &tap::b_transport);
  in.register_transport_dbg(this, &tap::transport_dbg);
  in.register_get_direct_mem_ptr(this, &tap::get_direct_mem_ptr);
  out.register_nb_transport_bw(this, &tap::nb_transport_bw);
  out.register_invalidate_direct_mem_ptr(this, &tap::invalidate_direct_mem_ptr);
  expose_target("in", 0, in);
  expose_initiator("out", 0, out);
}

tlm_sync_enum tap::nb_transport_fw(tlm_generic_payload& trans, tlm_phase& phase, sc_time& delay) {
  return out->nb_transport_fw(trans, phase, delay);
}
tlm_sync_enum tap::nb_transport_bw(tlm_generic_payload& trans, tlm_phase& phase, sc_time& delay) {
  return in->nb_transport_bw(trans, phase, delay);
}
void tap::b_transport(tlm_generic_payload& trans, sc_time& delay) { out->b_transport(trans, delay); }
unsigned tap::transport_dbg(tlm_generic_payload& trans) { return out->transport_dbg(trans); }
bool tap::get_direct_mem_ptr(tlm_generic_payload& trans, tlm::tlm_dmi& dmi) { return out->get_direct_mem_ptr(trans, dmi); }
void tap::invalidate_direct_mem_ptr(sc_dt::uint64 start, sc_dt::uint64 end) {
  in->invalidate_direct_mem_ptr(start, end);
}

} // namespace strata::probe
