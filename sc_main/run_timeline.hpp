// SPDX-License-Identifier: Apache-2.0
// What a run did when: phases, utilisation of resources, power, KV cache in use and requests, in bins over its time.
#pragma once

#include "sc_main/ledger.hpp"
#include "sc_main/run_result.hpp"
#include "sc_main/time_bins.hpp"
#include "traffic/replay.hpp"

namespace strata::cli {

class run_timeline {
public:
  run_timeline(const ledger& meters, std::size_t kv_tiers, unsigned engines);

  /// Meters of a mean replica changed by `change` in the course of `from` .. `to` (ps).
  void worked(std::int64_t from, std::int64_t to, const std::vector<double>& change);
  /// From `from` to `to` an engine was in phase `p` with `kv_tokens` of KV cache in use by tier.
  void passed(std::int64_t from, std::int64_t to, traffic::phase p, const std::vector<double>& kv_tokens);

  /// `totals` of the meters tell which resources were used at all; the most used come first, at most 24.
  timeline_result result(const std::vector<double>& totals, const std::vector<traffic::request_record>& requests,
                         double elapsed_s) const;

private:
  const ledger& m_meters;
  std::size_t m_tiers, m_columns;
  unsigned m_engines;
  time_bins m_bins; ///< meters, time by phase, KV token-seconds by tier, request-seconds waiting and in service
};

} // namespace strata::cli
