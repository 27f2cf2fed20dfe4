// SPDX-License-Identifier: Apache-2.0
#include "sc_main/run/tool_use.hpp"

#include "models/base/diagnostic.hpp"

namespace strata::cli {

tool_use::tool_use(const run_options& o, const traffic::tool_hosts_view& view, unsigned replicas)
    : m_options(o), m_view(view), m_replicas(replicas) {}

traffic::tool_behaviour tool_use::behaviour() {
  traffic::tool_behaviour b;
  const bool foretold = m_options.prefetch == prefetching::on_return;
  b.foretold = !foretold ? traffic::foresight::none : m_options.foresee_mean ? traffic::foresight::mean : traffic::foresight::exact;
  if (m_options.tool_cpu == 0)
    return b;
  if (cores() == 0)
    throw base::input_error({}, "--tool-cpu: the platform has no host that runs tools, expected 'tools' or 'scheduler' in its serving section");
  b.hosts = {cores(), m_view.core_speed, m_options.tool_cpu, m_options.whole_calls, m_options.tool_cores, m_options.seed,
             [this](std::int64_t from, std::int64_t to, double core_s) { ran(from, to, core_s); }};
  return b;
}

void tool_use::count_in(const ledger& meters, traffic::phase_account& account) {
  m_meters = &meters;
  m_account = &account;
  m_change.assign(meters.replicas().size(), 0.0);
}

/// All hosts have their share; one that stands for several counts what one of these does.
void tool_use::ran(std::int64_t from, std::int64_t to, double core_s) {
  const double share = core_s / m_view.hosts;
  for (const std::string& host : m_view.names) {
    const std::size_t at = m_meters->place_of(host, "tools");
    m_change[at] = share;
    m_change[at + 1] = share / m_view.cores;
  }
  m_account->worked(0, traffic::phase::idle, from, to, m_change);
}

std::optional<tool_result> tool_use::result(const traffic::tool_statistics& s, double elapsed_s) const {
  if (m_options.tool_cpu == 0 || m_meters == nullptr)
    return std::nullopt;
  tool_result r;
  r.calls = s.calls;
  r.cores = cores();
  r.core_s = s.core_s;
  r.queued_s = s.calls > 0 ? s.queued_s / static_cast<double>(s.calls) : 0;
  r.utilisation = elapsed_s > 0 ? s.core_s / (elapsed_s * cores()) : 0;
  r.energy_J = m_view.names.empty() ? 0 : s.core_s * m_meters->joules_per_unit(m_view.names.front(), "tools");
  return r;
}

} // namespace strata::cli
