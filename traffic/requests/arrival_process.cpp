// SPDX-License-Identifier: Apache-2.0
#include "traffic/requests/arrival_process.hpp"

#include <boost/math/special_functions/gamma.hpp>

#include <cmath>
#include <numeric>

namespace strata::traffic {

namespace {

/// Of a Weibull distribution, its coefficient of variation; it falls with the shape.
double cv_of_weibull(double shape) {
  const double mean = std::lgamma(1 + 1 / shape), square = std::lgamma(1 + 2 / shape);
  return std::sqrt(std::expm1(square - 2 * mean));
}

double weibull_shape(double cv) {
  double low = 0.05, high = 1000;
  for (int i = 0; i < 100; ++i) {
    const double middle = std::sqrt(low * high);
    (cv_of_weibull(middle) > cv ? low : high) = middle;
  }
  return low;
}

} // namespace

arrival_process::arrival_process(double rate, const gap_shape& gaps, rate_profile profile, sampler random)
    : m_profile(std::move(profile)), m_random(random), m_rate(rate), m_family(gaps.family),
      m_shape(gaps.cv <= 0 ? 0 : gaps.family == gap_family::gamma ? 1 / (gaps.cv * gaps.cv) : weibull_shape(gaps.cv)) {
  const double mean = std::accumulate(m_profile.factors.begin(), m_profile.factors.end(), 0.0) / static_cast<double>(m_profile.factors.size());
  for (double& factor : m_profile.factors)
    factor /= mean;
}

double arrival_process::next() {
  m_work += gap();
  return instant_of(m_work);
}

/// Seconds at the mean rate.
double arrival_process::gap() {
  if (m_shape == 0)
    return 1 / m_rate;
  const double u = m_random.uniform();
  if (m_family == gap_family::gamma)
    return boost::math::gamma_p_inv(m_shape, u) / m_shape / m_rate;
  return std::pow(-std::log(u), 1 / m_shape) / std::exp(std::lgamma(1 + 1 / m_shape)) / m_rate;
}

/// When the profile has let through as much as `work` seconds at the mean rate.
double arrival_process::instant_of(double work) const {
  if (m_profile.factors.empty())
    return work;
  const double periods = std::floor(work / m_profile.period_s), slot = m_profile.period_s / static_cast<double>(m_profile.factors.size());
  double left = work - periods * m_profile.period_s, at = periods * m_profile.period_s;
  for (const double factor : m_profile.factors) {
    if (left <= factor * slot)
      return factor > 0 ? at + left / factor : at;
    left -= factor * slot;
    at += slot;
  }
  return at;
}

} // namespace strata::traffic
