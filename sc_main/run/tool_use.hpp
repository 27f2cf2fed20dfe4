// SPDX-License-Identifier: Apache-2.0
// Agents' tools on the platform's hosts: what the options and the netlist make of them, what their work adds to meters,
// and what it came to.
#pragma once

#include "sc_main/run/ledger.hpp"
#include "sc_main/run/run_options.hpp"
#include "sc_main/run/run_result.hpp"
#include "traffic/lowering/platform_view.hpp"
#include "traffic/requests/request_trace.hpp"
#include "traffic/serving/phases.hpp"

namespace strata::cli {

class tool_use {
public:
  /// Of `replicas` of the platform.
  tool_use(const run_options& o, const traffic::tool_hosts_view& view, unsigned replicas);

  /// For the source of requests; refers to this object. Throws base::input_error where tools should compute and the
  /// platform has no host.
  traffic::tool_behaviour behaviour();
  /// From now on what tools compute is counted in `meters` as work of the first pool beside its steps.
  void count_in(const ledger& meters, traffic::phase_account& account);
  /// Nothing where tools do not compute.
  std::optional<tool_result> result(const traffic::tool_statistics& s, double elapsed_s) const;

private:
  void ran(std::int64_t from, std::int64_t to, double core_s);
  unsigned cores() const { return m_view.cores * m_view.hosts * m_replicas; }

  const run_options& m_options;
  const traffic::tool_hosts_view& m_view;
  unsigned m_replicas;
  const ledger* m_meters = nullptr;
  traffic::phase_account* m_account = nullptr;
  std::vector<double> m_change; ///< of all meters
};

} // namespace strata::cli
