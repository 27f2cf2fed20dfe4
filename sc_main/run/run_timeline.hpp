// SPDX-License-Identifier: Apache-2.0
// What a run did when: phases, utilisation of resources, power, KV cache by tier and on its way, and requests, in bins over
// its time.
#pragma once

#include "sc_main/run/kv_places.hpp"
#include "sc_main/run/ledger.hpp"
#include "sc_main/run/run_result.hpp"
#include "sc_main/run/time_bins.hpp"
#include "traffic/steps/replay.hpp"

namespace strata::cli {

class run_timeline {
public:
  run_timeline(const ledger& meters, const kv_places& places, unsigned engines);

  /// Meters of a mean replica changed by `change` in the course of `from` .. `to` (ps).
  void worked(std::int64_t from, std::int64_t to, const std::vector<double>& change);
  /// From `from` to `to` an engine was in phase `p` with `kv` by tier.
  void passed(std::int64_t from, std::int64_t to, traffic::phase p, const std::vector<kv_places::content>& kv);
  void moved(const traffic::kv_movement& m);
  void served(const traffic::request_record& r);

  /// `totals` of the meters tell which resources were used at all; the most used come first, at most 24.
  timeline_result result(const std::vector<double>& totals, double elapsed_s) const;

private:
  const ledger& m_meters;
  const kv_places& m_places;
  std::size_t m_phases, m_tiers, m_ways, m_requests; ///< where their channels begin, behind those of the meters
  unsigned m_engines;
  time_bins m_bins; ///< meters, time by phase, KV token-seconds by tier, KV tokens by way, request-seconds waiting and in service
};

} // namespace strata::cli
