// SPDX-License-Identifier: Apache-2.0
#include "sc_main/run_timeline.hpp"

#include <algorithm>

namespace strata::cli {
namespace {

constexpr std::size_t most_resources = 24;

double seconds(std::int64_t ps) { return static_cast<double>(ps) * 1e-12; }

std::size_t columns_of(const ledger& meters) {
  std::vector<double> flat;
  meters.read(flat);
  return flat.size();
}

} // namespace

run_timeline::run_timeline(const ledger& meters, std::size_t kv_tiers, unsigned engines)
    : m_meters(meters), m_tiers(kv_tiers), m_columns(columns_of(meters)), m_engines(engines),
      m_bins(m_columns + traffic::phase_count + kv_tiers + 2) {}

void run_timeline::worked(std::int64_t from, std::int64_t to, const std::vector<double>& change) {
  m_bins.add(from, to, 0, change.data(), m_columns);
}

void run_timeline::passed(std::int64_t from, std::int64_t to, traffic::phase p, const std::vector<double>& kv_tokens) {
  const double time = seconds(to - from), share = time / m_engines;
  m_bins.add(from, to, m_columns + static_cast<std::size_t>(p), &share, 1);
  for (std::size_t t = 0; t < m_tiers; ++t) {
    const double held = kv_tokens[t] * time;
    m_bins.add(from, to, m_columns + traffic::phase_count + t, &held, 1);
  }
}

timeline_result run_timeline::result(const std::vector<double>& totals, const std::vector<traffic::request_record>& requests,
                                     double elapsed_s) const {
  timeline_result r;
  r.phases.resize(traffic::phase_count);
  r.kv_tokens.resize(m_tiers);
  for (const resource_use& u : m_meters.utilisation(totals, elapsed_s))
    if (u.utilisation > 0 && r.utilisation.size() < most_resources)
      r.utilisation.push_back({u.resource, {}});
  time_bins bins = m_bins;
  const std::size_t waiting = m_columns + traffic::phase_count + m_tiers, served = waiting + 1;
  for (const traffic::request_record& q : requests)
    if (q.completed()) {
      const double before = seconds(q.admitted - q.arrival), during = seconds(q.finished - q.admitted);
      bins.add(q.arrival, q.admitted, waiting, &before, 1);
      bins.add(q.admitted, q.finished, served, &during, 1);
    }
  r.bin_s = seconds(bins.width());
  for (std::size_t i = 0; i < bins.size(); ++i) {
    const std::vector<double>& bin = bins.bin(i);
    const double length = std::min(r.bin_s, elapsed_s - static_cast<double>(i) * r.bin_s); // the last is cut short
    if (length <= 0)
      break;
    const std::vector<double> flat(bin.begin(), bin.begin() + static_cast<std::ptrdiff_t>(m_columns));
    for (std::size_t p = 0; p < traffic::phase_count; ++p)
      r.phases[p].push_back(bin[m_columns + p] / length);
    for (std::size_t t = 0; t < m_tiers; ++t)
      r.kv_tokens[t].push_back(bin[m_columns + traffic::phase_count + t] / length);
    r.waiting.push_back(bin[waiting] / length);
    r.served.push_back(bin[served] / length);
    r.power_W.push_back(m_meters.static_power_W() + m_meters.dynamic_joules(flat, length) / length);
    const std::vector<resource_use> uses = m_meters.utilisation(flat, length);
    for (resource_series& s : r.utilisation)
      for (const resource_use& u : uses)
        if (u.resource == s.resource)
          s.values.push_back(u.utilisation);
  }
  return r;
}

} // namespace strata::cli
