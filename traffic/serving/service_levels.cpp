// SPDX-License-Identifier: Apache-2.0
#include "traffic/serving/service_levels.hpp"

#include <boost/math/distributions/students_t.hpp>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace strata::traffic {

namespace {

/// Of means of equally many values; those that fill no group count in the mean alone, which is given.
estimate estimate_of(double mean, const std::vector<double>& means) {
  constexpr std::size_t groups = 10;
  const std::size_t each = means.size() / groups;
  if (each == 0)
    return {mean, 0};
  std::vector<double> grouped;
  for (auto m = means.begin(); grouped.size() < groups; m += static_cast<std::ptrdiff_t>(each))
    grouped.push_back(std::accumulate(m, m + static_cast<std::ptrdiff_t>(each), 0.0) / static_cast<double>(each));
  const double centre = std::accumulate(grouped.begin(), grouped.end(), 0.0) / groups;
  double squares = 0;
  for (const double m : grouped)
    squares += (m - centre) * (m - centre);
  const double t = boost::math::quantile(boost::math::students_t(groups - 1), 0.975);
  return {mean, t * std::sqrt(squares / (groups - 1) / groups)};
}

} // namespace

service_account::batch& service_account::batch::operator+=(const batch& later) {
  begin = requests > 0 ? begin : later.begin;
  end = std::max(end, later.end);
  requests += later.requests;
  met_ttft += later.met_ttft;
  met_tpot += later.met_tpot;
  met += later.met;
  good_tokens += later.good_tokens;
  ttft_s += later.ttft_s;
  normalised += later.normalised;
  return *this;
}

void service_account::add(const request_record& r) {
  if (!r.completed())
    return;
  if (m_batches.empty() || m_batches.back().requests == m_size) {
    if (m_batches.size() == most_batches) {
      for (std::size_t i = 0; i < most_batches; i += 2) {
        m_batches[i] += m_batches[i + 1];
        if (i > 0)
          m_batches[i / 2] = std::move(m_batches[i]);
      }
      m_batches.resize(most_batches / 2);
      m_size *= 2;
    }
    m_batches.emplace_back();
  }
  batch& b = m_batches.back();
  if (b.requests++ == 0)
    b.begin = r.arrival;
  b.end = std::max(b.end, r.finished);
  b.ttft_s += r.ttft_s();
  b.normalised.add(r.end_to_end_s() / r.output);
  const service_objectives& due = m_objectives.at(r.service);
  const bool soon = r.ttft_s() <= due.ttft_s;
  const bool steadily = r.output == 1 || r.decoding_s() <= due.tpot_s * (r.output - 1);
  b.met_ttft += soon;
  b.met_tpot += steadily;
  b.met += soon && steadily;
  b.good_tokens += soon && steadily ? r.output : 0;
}

std::optional<std::size_t> service_account::settled_after() const {
  constexpr std::size_t least = 10, least_counted = 5;
  const std::size_t whole = m_batches.size() - (!m_batches.empty() && m_batches.back().requests < m_size);
  if (whole < least)
    return std::nullopt;
  double sum = 0, squares = 0, best = 0;
  std::size_t cut = whole;
  for (std::size_t first = whole; first-- > 0;) {
    const double mean = m_batches[first].normalised.mean();
    sum += mean;
    squares += mean * mean;
    const auto n = static_cast<double>(whole - first);
    const double variance = std::max(0.0, squares - sum * sum / n) / (n * n);
    if (whole - first >= least_counted && (cut == whole || variance <= best)) {
      best = variance;
      cut = first;
    }
  }
  if (cut > whole / 2)
    return std::nullopt;
  return cut;
}

service_levels service_account::levels() const {
  service_levels s;
  const auto settled = settled_after();
  s.steady = settled.has_value();
  batch all;
  std::vector<double> ttft, normalised; // means of whole batches
  for (std::size_t i = settled.value_or(0); i < m_batches.size(); ++i) {
    const batch& b = m_batches[i];
    all += b;
    if (b.requests == m_size) {
      ttft.push_back(b.ttft_s / static_cast<double>(m_size));
      normalised.push_back(b.normalised.mean());
    }
  }
  s.warm_up = settled.value_or(0) * m_size;
  s.counted = all.requests;
  if (s.counted == 0)
    return s;
  const auto n = static_cast<double>(s.counted);
  s.ttft_s = estimate_of(all.ttft_s / n, ttft);
  s.normalised_s = estimate_of(all.normalised.mean(), normalised);
  s.normalised = distribution_of(all.normalised);
  s.met_ttft = static_cast<double>(all.met_ttft) / n;
  s.met_tpot = static_cast<double>(all.met_tpot) / n;
  s.met = static_cast<double>(all.met) / n;
  const double time = to_seconds(all.end - all.begin);
  s.goodput_per_s = static_cast<double>(all.met) / time;
  s.good_tokens_per_s = static_cast<double>(all.good_tokens) / time;
  return s;
}

} // namespace strata::traffic
