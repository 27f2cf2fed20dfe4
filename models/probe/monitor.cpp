// SPDX-License-Identifier: Apache-2.0
// Notes when each transaction begins and what it took when its response passes.
#include "models/probe/monitor.hpp"

#include "models/base/stream.hpp"

#include <algorithm>

namespace strata::probe {

using base::femtoseconds;
using sc_core::sc_time;
using tlm::tlm_generic_payload;
using tlm::tlm_phase;
using tlm::tlm_sync_enum;

void monitor::config::parameters(base::parameter_list& p) { p.add("level", level, "level that its counts report under"); }

monitor::monitor(sc_core::sc_module_name name, const config& c)
    : tap(name), m_transactions(add_meter({"transactions", "1", c.level, "transactions answered"})),
      m_read(add_meter({"read", "B", c.level, "bytes read"})), m_written(add_meter({"written", "B", c.level, "bytes written"})) {}

tlm_sync_enum monitor::nb_transport_fw(tlm_generic_payload& trans, tlm_phase& phase, sc_time& delay) {
  const bool begins = phase == tlm::BEGIN_REQ;
  if (begins)
    m_begun.emplace_back(&trans, base::now() + base::to_femtoseconds(delay));
  const tlm_sync_enum status = tap::nb_transport_fw(trans, phase, delay);
  if (begins && (status == tlm::TLM_COMPLETED || (status == tlm::TLM_UPDATED && phase == tlm::BEGIN_RESP)))
    answered(trans, delay);
  return status;
}

tlm_sync_enum monitor::nb_transport_bw(tlm_generic_payload& trans, tlm_phase& phase, sc_time& delay) {
  if (phase == tlm::BEGIN_RESP)
    answered(trans, delay);
  return tap::nb_transport_bw(trans, phase, delay);
}

void monitor::b_transport(tlm_generic_payload& trans, sc_time& delay) {
  const sc_time called = sc_core::sc_time_stamp() + delay;
  tap::b_transport(trans, delay);
  record(trans, base::to_femtoseconds(called), base::to_femtoseconds(sc_core::sc_time_stamp() + delay));
}

void monitor::answered(const tlm_generic_payload& trans, const sc_time& delay) {
  const auto it = std::find_if(m_begun.begin(), m_begun.end(), [&trans](const auto& b) { return b.first == &trans; });
  if (it == m_begun.end())
    return; // not a base-protocol transaction
  const femtoseconds begin = it->second;
  *it = m_begun.back();
  m_begun.pop_back();
  record(trans, begin, base::now() + base::to_femtoseconds(delay));
}

void monitor::record(const tlm_generic_payload& trans, femtoseconds begin, femtoseconds end) {
  const femtoseconds latency = end - begin;
  ++m_latency.count;
  m_latency.sum += latency;
  m_latency.least = std::min(m_latency.least, latency);
  m_latency.most = std::max(m_latency.most, latency);
  m_transactions.amount += 1;
  if (trans.get_command() != tlm::TLM_IGNORE_COMMAND)
    (trans.is_read() ? m_read : m_written).amount += static_cast<double>(base::transfer_bytes(trans));
  if (on_answer)
    on_answer(trans, begin, end);
}

const base::component_description& monitor::describe() {
  static const base::component_description d{
      "monitor",
      "Passthrough that counts the transactions, bytes and latencies of its binding.",
      {{"in", base::socket_kind::target, "1", true, "where the initiator is bound"},
       {"out", base::socket_kind::initiator, "1", true, "bound to the target"}},
      {{"transactions", "1", "transactions answered"}, {"read", "B", "bytes read"}, {"written", "B", "bytes written"}},
      true,
      "Takes no time and changes nothing.",
      {"direct memory accesses and debug accesses: they pass uncounted"},
      "Exact."};
  return d;
}

} // namespace strata::probe
