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

/// A mean over requests, and half the width of its 95 % confidence interval from the means of ten groups of consecutive
/// requests (Student's t); 0 where there are fewer than 50.
struct estimate {
  double mean = 0, half_width = 0;
};

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

/// Consecutive requests are taken together in batches: of five, and of twice as many whenever there are `most_batches`, which
/// then pair up, so that memory does not grow with requests. Warm-up is the number of leading batches without which the
/// estimated variance of the mean is least (MSER; White, Cobb, Spratt 2000); where that is more than half of them, or there
/// are fewer than ten, the series has not settled.
class service_account {
public:
  static constexpr std::size_t most_batches = 128;

  /// `objectives`: by class of requests.
  explicit service_account(std::vector<service_objectives> objectives) : m_objectives(std::move(objectives)) {}
  /// In order of arrival; only completed ones count.
  void add(const request_record& r);
  service_levels levels() const;

private:
  struct batch {
    std::uint64_t requests = 0, met_ttft = 0, met_tpot = 0, met = 0;
    std::uint64_t good_tokens = 0;
    double ttft_s = 0;               ///< sum
    quantile_sketch normalised;      ///< s per output token
    std::int64_t begin = 0, end = 0; ///< first arrival, last end; ps
    batch& operator+=(const batch& later);
  };
  std::optional<std::size_t> settled_after() const;

  std::vector<service_objectives> m_objectives;
  std::uint64_t m_size = 5;          ///< requests of a whole batch
  std::vector<batch> m_batches;      ///< whole ones, but the last
};

} // namespace strata::traffic
