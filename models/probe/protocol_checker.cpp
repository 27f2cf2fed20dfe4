// SPDX-License-Identifier: Apache-2.0
// Shows every call on the binding to protocol_rules and turns what they find into SystemC error reports.
#include "models/probe/protocol_checker.hpp"

namespace strata::probe {

using sc_core::sc_time;
using tlm::tlm_generic_payload;
using tlm::tlm_phase;
using tlm::tlm_sync_enum;

namespace {
base::femtoseconds instant(const sc_time& delay) { return base::to_femtoseconds(sc_core::sc_time_stamp() + delay); }
} // namespace

void protocol_checker::config::parameters(base::parameter_list& p) {
  p.add("binding", binding, "name of the binding in reports; empty: the checker's own path");
}

protocol_checker::protocol_checker(sc_core::sc_module_name name, const config& c)
    : tap(name), m_binding(c.binding.empty() ? path() : c.binding), m_rules([this](const std::string& rule) {
        ++m_violations;
        SC_REPORT_ERROR("strata/protocol", (m_binding + ": " + rule).c_str());
      }) {}

tlm_sync_enum protocol_checker::nb_transport_fw(tlm_generic_payload& trans, tlm_phase& phase, sc_time& delay) {
  const tlm_phase called = phase;
  const std::uint64_t call = m_rules.forward_called(trans, phase, instant(delay));
  const tlm_sync_enum status = tap::nb_transport_fw(trans, phase, delay);
  m_rules.forward_returned(trans, call, called, status, phase, instant(delay));
  return status;
}

tlm_sync_enum protocol_checker::nb_transport_bw(tlm_generic_payload& trans, tlm_phase& phase, sc_time& delay) {
  const tlm_phase called = phase;
  const std::uint64_t call = m_rules.backward_called(trans, phase, instant(delay));
  const tlm_sync_enum status = tap::nb_transport_bw(trans, phase, delay);
  m_rules.backward_returned(trans, call, called, status, phase, instant(delay));
  return status;
}

void protocol_checker::b_transport(tlm_generic_payload& trans, sc_time& delay) {
  const base::femtoseconds called = instant(delay);
  const auto before = m_rules.blocking_called(trans);
  tap::b_transport(trans, delay);
  m_rules.blocking_returned(trans, before, called, instant(delay));
}

unsigned protocol_checker::transport_dbg(tlm_generic_payload& trans) {
  const unsigned count = tap::transport_dbg(trans);
  m_rules.debug_returned(trans, count);
  return count;
}

bool protocol_checker::get_direct_mem_ptr(tlm_generic_payload& trans, tlm::tlm_dmi& dmi) {
  const bool granted = tap::get_direct_mem_ptr(trans, dmi);
  m_rules.direct_memory_returned(trans, dmi, granted);
  return granted;
}

void protocol_checker::invalidate_direct_mem_ptr(sc_dt::uint64 start, sc_dt::uint64 end) {
  m_rules.invalidated(start, end);
  tap::invalidate_direct_mem_ptr(start, end);
}

const base::component_description& protocol_checker::describe() {
  static const base::component_description d{
      "protocol_checker",
      "Passthrough that checks the TLM-2.0 base protocol on its binding and reports each violation as strata/protocol.",
      {{"in", base::socket_kind::target, "1", true, "where the initiator is bound"},
       {"out", base::socket_kind::initiator, "1", true, "bound to the target"}},
      {},
      true,
      "Takes no time and changes nothing.",
      {"exclusion rules by annotated instant: they are checked in order of calls", "phases beyond the base protocol"},
      "Every rule is shown to fire on a component that breaks it (probe tests)."};
  return d;
}

} // namespace strata::probe
