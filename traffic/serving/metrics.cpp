// SPDX-License-Identifier: Apache-2.0
#include "traffic/serving/metrics.hpp"

#include <algorithm>
#include <limits>
#include <numeric>

namespace strata::traffic {

namespace {

double seconds(std::int64_t ps) { return static_cast<double>(ps) * 1e-12; }

double percentile(const std::vector<double>& sorted, double p) {
  const double rank = p * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(rank);
  if (below + 1 == sorted.size())
    return sorted[below];
  return sorted[below] + (rank - static_cast<double>(below)) * (sorted[below + 1] - sorted[below]);
}

} // namespace

distribution distribution_of(std::vector<double>& values) {
  if (values.empty())
    return {};
  distribution d;
  d.mean = std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
  std::sort(values.begin(), values.end());
  d.p50 = percentile(values, 0.5);
  d.p90 = percentile(values, 0.9);
  d.p99 = percentile(values, 0.99);
  const std::size_t points = std::min<std::size_t>(values.size(), 101);
  for (std::size_t i = 0; i < points; ++i)
    d.quantiles.push_back(points == 1 ? values[0] : percentile(values, static_cast<double>(i) / static_cast<double>(points - 1)));
  return d;
}

latency_summary summarise(const std::vector<request_record>& records, double elapsed_s) {
  latency_summary s;
  std::vector<double> ttft, tpot, end_to_end, queueing;
  std::int64_t first = std::numeric_limits<std::int64_t>::max(), last = std::numeric_limits<std::int64_t>::min();
  double user_rates = 0;
  for (const request_record& r : records) {
    s.rejected += r.rejected;
    if (!r.completed())
      continue;
    ++s.completed;
    s.prompt_tokens += r.prompt;
    s.cached_tokens += r.cached;
    s.preemptions += r.preempted;
    s.output_tokens += r.output;
    first = std::min(first, r.arrival);
    last = std::max(last, r.finished);
    ttft.push_back(seconds(r.first_token - r.arrival));
    end_to_end.push_back(seconds(r.finished - r.arrival));
    queueing.push_back(seconds(r.admitted - r.arrival));
    if (r.output > 1) {
      tpot.push_back(seconds(r.finished - r.first_token) / (r.output - 1));
      user_rates += 1 / tpot.back();
    }
  }
  s.ttft = distribution_of(ttft);
  s.end_to_end = distribution_of(end_to_end);
  s.queueing = distribution_of(queueing);
  if (!tpot.empty())
    s.output_tokens_per_s_per_user = user_rates / static_cast<double>(tpot.size());
  s.tpot = distribution_of(tpot);
  if (s.completed)
    s.makespan_s = seconds(last - first);
  if (elapsed_s > 0) {
    s.output_tokens_per_s = static_cast<double>(s.output_tokens) / elapsed_s;
    s.prompt_tokens_per_s = static_cast<double>(s.prompt_tokens) / elapsed_s;
  }
  return s;
}

} // namespace strata::traffic
