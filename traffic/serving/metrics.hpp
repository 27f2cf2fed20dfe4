// SPDX-License-Identifier: Apache-2.0
// From requests' records, one after the other, to what a serving system is judged by: latencies with percentiles, and
// throughput. Kernel-free.
#pragma once

#include "traffic/requests/quantile_sketch.hpp"
#include "traffic/serving/request_record.hpp"

#include <limits>

namespace strata::traffic {

struct latency_summary {
  std::uint64_t completed = 0;
  std::uint64_t rejected = 0;
  std::uint64_t prompt_tokens = 0;  ///< of completed requests, as all that follows
  std::uint64_t cached_tokens = 0;  ///< prompt tokens that the prefix cache held
  std::uint64_t output_tokens = 0;
  std::uint64_t preemptions = 0;
  distribution ttft;                ///< s, as all latencies; arrival to first token
  distribution tpot;                ///< (last - first token) / (output - 1); requests with one token have none
  distribution gap;                 ///< between a sequence's tokens, each counted; of a run as a whole
  distribution end_to_end;          ///< arrival to last token
  distribution queueing;            ///< arrival to admission
  double makespan_s = 0;            ///< first arrival to last token
  double output_tokens_per_s = 0;   ///< over the elapsed time
  double output_tokens_per_s_per_user = 0; ///< mean of 1 / TPOT
  double prompt_tokens_per_s = 0;   ///< over the elapsed time
};

/// Takes the same memory whatever the number of requests.
class latency_account {
public:
  void add(const request_record& r);
  /// `elapsed_s` is the time over which rates are taken.
  latency_summary summary(double elapsed_s) const;

private:
  latency_summary m_counts; ///< what is counted of it
  quantile_sketch m_ttft, m_tpot, m_end_to_end, m_queueing; ///< s
  std::int64_t m_first = std::numeric_limits<std::int64_t>::max(), m_last = std::numeric_limits<std::int64_t>::min();
  double m_user_rates = 0;  ///< sum of 1 / TPOT
};

} // namespace strata::traffic
