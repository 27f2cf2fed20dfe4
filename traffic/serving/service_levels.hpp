// SPDX-License-Identifier: Apache-2.0
// How well a serving system keeps its objectives once it has settled: warm-up left out, with confidence intervals.
// Kernel-free.
#pragma once

#include "traffic/serving/metrics.hpp"

namespace strata::traffic {

struct service_objectives {
  double ttft_s = 0; ///< to the first token
  double tpot_s = 0; ///< per further token, mean of a request
};

/// A mean over requests, and half the width of its 95 % confidence interval from the means of ten batches of consecutive
/// requests (Student's t); 0 where there are too few for batches.
struct estimate {
  double mean = 0, half_width = 0;
};
estimate batch_estimate(const std::vector<double>& values);

/// Where a series has settled: the number of leading values, in fives, without which the estimated variance of the mean
/// is least (MSER-5; White, Cobb, Spratt 2000). More than half of them: it has not, and nothing comes back.
std::optional<std::size_t> settled_after(const std::vector<double>& values);

/// Over completed requests in order of arrival, without the first ones during which end-to-end latency per output token
/// has not settled.
struct service_levels {
  std::uint64_t warm_up = 0;       ///< requests left out
  bool steady = false;             ///< the latency has settled; else nothing is left out
  std::uint64_t counted = 0;
  estimate ttft_s, normalised_s;   ///< normalised: end-to-end latency per output token
  distribution normalised;
  double met_ttft = 0, met_tpot = 0, met = 0; ///< shares of the requests that kept the objective, each and both
  double goodput_per_s = 0;        ///< requests that kept both, over the time from the first counted arrival to the last end
  double good_tokens_per_s = 0;    ///< their output tokens
};

/// `objectives`: by class of requests.
service_levels judge(const std::vector<request_record>& records, const std::vector<service_objectives>& objectives);

} // namespace strata::traffic
