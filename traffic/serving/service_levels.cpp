// SPDX-License-Identifier: Apache-2.0
#include "traffic/serving/service_levels.hpp"

#include <boost/math/distributions/students_t.hpp>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace strata::traffic {

namespace {

double seconds(std::int64_t ps) { return static_cast<double>(ps) * 1e-12; }

double mean_of(const std::vector<double>& v) {
  return v.empty() ? 0 : std::accumulate(v.begin(), v.end(), 0.0) / static_cast<double>(v.size());
}

std::vector<double> means_of(const std::vector<double>& values, std::size_t batches, std::size_t size) {
  std::vector<double> means;
  for (std::size_t b = 0; b < batches; ++b)
    means.push_back(std::accumulate(values.begin() + static_cast<std::ptrdiff_t>(b * size),
                                    values.begin() + static_cast<std::ptrdiff_t>((b + 1) * size), 0.0) / static_cast<double>(size));
  return means;
}

} // namespace

estimate batch_estimate(const std::vector<double>& values) {
  constexpr std::size_t batches = 10, least = 5;
  estimate e{mean_of(values), 0};
  if (values.size() < batches * least)
    return e;
  const std::vector<double> means = means_of(values, batches, values.size() / batches);
  const double centre = mean_of(means);
  double squares = 0;
  for (const double m : means)
    squares += (m - centre) * (m - centre);
  const double t = boost::math::quantile(boost::math::students_t(batches - 1), 0.975);
  e.half_width = t * std::sqrt(squares / (batches - 1) / batches);
  return e;
}

std::optional<std::size_t> settled_after(const std::vector<double>& values) {
  constexpr std::size_t batch = 5, least = 10;
  const std::vector<double> means = means_of(values, values.size() / batch, batch);
  if (means.size() < least)
    return std::nullopt;
  double sum = 0, squares = 0, best = 0;
  std::size_t cut = means.size();
  for (std::size_t first = means.size(); first-- > 0;) {
    sum += means[first];
    squares += means[first] * means[first];
    const auto n = static_cast<double>(means.size() - first);
    const double variance = std::max(0.0, squares - sum * sum / n) / (n * n);
    if (n >= static_cast<double>(batch) && (cut == means.size() || variance <= best)) {
      best = variance;
      cut = first;
    }
  }
  if (cut > means.size() / 2)
    return std::nullopt;
  return cut * batch;
}

service_levels judge(const std::vector<request_record>& records, const std::vector<service_objectives>& objectives) {
  std::vector<const request_record*> done;
  std::vector<double> ttft, normalised;
  for (const request_record& r : records)
    if (r.completed()) {
      done.push_back(&r);
      ttft.push_back(seconds(r.first_token - r.arrival));
      normalised.push_back(seconds(r.finished - r.arrival) / r.output);
    }
  service_levels s;
  const auto settled = settled_after(normalised);
  s.steady = settled.has_value();
  s.warm_up = settled.value_or(0);
  s.counted = done.size() - s.warm_up;
  if (s.counted == 0)
    return s;
  const auto first = static_cast<std::ptrdiff_t>(s.warm_up);
  ttft.erase(ttft.begin(), ttft.begin() + first);
  normalised.erase(normalised.begin(), normalised.begin() + first);
  s.ttft_s = batch_estimate(ttft);
  s.normalised_s = batch_estimate(normalised);
  s.normalised = distribution_of(normalised);
  std::int64_t end = 0;
  std::uint64_t met_ttft = 0, met_tpot = 0, met = 0, tokens = 0;
  for (std::size_t i = 0; i < s.counted; ++i) {
    const request_record& r = *done[s.warm_up + i];
    const service_objectives& due = objectives.at(r.service);
    const bool soon = ttft[i] <= due.ttft_s;
    const bool steadily = r.output == 1 || seconds(r.finished - r.first_token) <= due.tpot_s * (r.output - 1);
    met_ttft += soon;
    met_tpot += steadily;
    met += soon && steadily;
    tokens += soon && steadily ? r.output : 0;
    end = std::max(end, r.finished);
  }
  const auto n = static_cast<double>(s.counted);
  s.met_ttft = static_cast<double>(met_ttft) / n;
  s.met_tpot = static_cast<double>(met_tpot) / n;
  s.met = static_cast<double>(met) / n;
  const double time = seconds(end - done[s.warm_up]->arrival);
  s.goodput_per_s = static_cast<double>(met) / time;
  s.good_tokens_per_s = static_cast<double>(tokens) / time;
  return s;
}

} // namespace strata::traffic
