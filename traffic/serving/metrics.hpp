// SPDX-License-Identifier: Apache-2.0
// From the records of requests to what a serving system is judged by: latencies with percentiles, and throughput.
// Kernel-free.
#pragma once

#include "traffic/serving/serving_engine.hpp"

#include <cstdint>
#include <vector>

namespace strata::traffic {

/// Seconds, over completed requests; zeros where there are none. Percentiles are exact: linear between the two order
/// statistics around rank p * (n - 1).
struct distribution {
  double mean = 0, p50 = 0, p90 = 0, p99 = 0;
  std::vector<double> quantiles{}; ///< from the least to the greatest in equal steps of rank: all values, 101 at most
};

/// Of `values` in any order; they are sorted.
distribution distribution_of(std::vector<double>& values);

struct latency_summary {
  std::uint64_t completed = 0;
  std::uint64_t rejected = 0;
  std::uint64_t prompt_tokens = 0;  ///< of completed requests, as all that follows
  std::uint64_t cached_tokens = 0;  ///< prompt tokens that the prefix cache held
  std::uint64_t output_tokens = 0;
  std::uint64_t preemptions = 0;
  distribution ttft;                ///< arrival to first token
  distribution tpot;                ///< (last - first token) / (output - 1); requests with one token have none
  distribution end_to_end;          ///< arrival to last token
  distribution queueing;            ///< arrival to admission
  double makespan_s = 0;            ///< first arrival to last token
  double output_tokens_per_s = 0;   ///< over the elapsed time
  double output_tokens_per_s_per_user = 0; ///< mean of 1 / TPOT
  double prompt_tokens_per_s = 0;   ///< over the elapsed time
};

/// `elapsed_s` is the time over which rates are taken.
latency_summary summarise(const std::vector<request_record>& records, double elapsed_s);

} // namespace strata::traffic
