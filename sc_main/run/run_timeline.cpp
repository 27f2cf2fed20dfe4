// SPDX-License-Identifier: Apache-2.0
#include "sc_main/run/run_timeline.hpp"

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

run_timeline::run_timeline(const ledger& meters, const kv_places& places, unsigned engines)
    : m_meters(meters), m_places(places), m_phases(columns_of(meters)), m_tiers(m_phases + traffic::phase_count),
      m_ways(m_tiers + 2 * places.tiers().size()), m_requests(m_ways + places.ways().size()), m_engines(engines),
      m_bins(m_requests + 2) {}

void run_timeline::worked(std::int64_t from, std::int64_t to, const std::vector<double>& change) {
  m_bins.add(from, to, 0, change.data(), m_phases);
}

void run_timeline::passed(std::int64_t from, std::int64_t to, traffic::phase p, const std::vector<kv_places::content>& kv) {
  const double time = seconds(to - from), share = time / m_engines;
  m_bins.add(from, to, m_phases + static_cast<std::size_t>(p), &share, 1);
  for (std::size_t t = 0; t < kv.size(); ++t) {
    const double held[] = {kv[t].used * time, kv[t].kept * time};
    m_bins.add(from, to, m_tiers + 2 * t, held, 2);
  }
}

void run_timeline::moved(const traffic::kv_movement& m) {
  const double tokens = static_cast<double>(m.tokens);
  m_bins.add(m.begin, m.end, m_ways + m_places.way_of(m), &tokens, 1);
}

void run_timeline::served(const traffic::request_record& r) {
  if (!r.completed())
    return;
  const double before = r.queueing_s(), during = seconds(r.finished - r.admitted);
  m_bins.add(r.arrival, r.admitted, m_requests, &before, 1);
  m_bins.add(r.admitted, r.finished, m_requests + 1, &during, 1);
}

timeline_result run_timeline::result(const std::vector<double>& totals, double elapsed_s) const {
  timeline_result r;
  r.phases.resize(traffic::phase_count);
  r.kv_cache.resize(m_places.tiers().size());
  std::vector<std::vector<double>> moved(m_places.ways().size());
  for (const resource_use& u : m_meters.utilisation(totals, elapsed_s))
    if (u.utilisation > 0 && r.utilisation.size() < most_resources)
      r.utilisation.push_back({u.resource, {}});
  r.bin_s = seconds(m_bins.width());
  for (std::size_t i = 0; i < m_bins.size(); ++i) {
    const std::vector<double>& bin = m_bins.bin(i);
    const double length = std::min(r.bin_s, elapsed_s - static_cast<double>(i) * r.bin_s); // the last is cut short
    if (length <= 0)
      break;
    const std::vector<double> flat(bin.begin(), bin.begin() + static_cast<std::ptrdiff_t>(m_phases));
    for (std::size_t p = 0; p < traffic::phase_count; ++p)
      r.phases[p].push_back(bin[m_phases + p] / length);
    for (std::size_t t = 0; t < r.kv_cache.size(); ++t) {
      r.kv_cache[t].used.push_back(bin[m_tiers + 2 * t] / length);
      r.kv_cache[t].kept.push_back(bin[m_tiers + 2 * t + 1] / length);
    }
    for (std::size_t w = 0; w < moved.size(); ++w)
      moved[w].push_back(bin[m_ways + w] / length);
    r.waiting.push_back(bin[m_requests] / length);
    r.served.push_back(bin[m_requests + 1] / length);
    r.power_W.push_back(m_meters.static_power_W() + m_meters.dynamic_joules(flat, length) / length);
    const std::vector<resource_use> uses = m_meters.utilisation(flat, length);
    for (resource_series& s : r.utilisation)
      for (const resource_use& u : uses)
        if (u.resource == s.resource)
          s.values.push_back(u.utilisation);
  }
  for (std::size_t w = 0; w < moved.size(); ++w)
    if (std::any_of(moved[w].begin(), moved[w].end(), [](double v) { return v > 0; }))
      r.kv_movements.push_back({m_places.ways()[w].from, m_places.ways()[w].to, std::move(moved[w])});
  return r;
}

} // namespace strata::cli
