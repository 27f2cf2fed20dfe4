// SPDX-License-Identifier: Apache-2.0
// When a client asks: gaps of a given burstiness at a rate that may rise and fall over the day. Kernel-free.
#pragma once

#include "traffic/requests/sampler.hpp"

#include <vector>

namespace strata::traffic {

enum class gap_family { gamma, weibull };

/// How gaps between arrivals are spread; a coefficient of variation of 1 is Poisson in either family, 0 a steady beat.
struct gap_shape {
  gap_family family = gap_family::gamma;
  double cv = 1; ///< standard deviation over mean, >= 0
};

/// Factors on a rate over equal parts of a period that comes again and again; none: the rate is constant.
struct rate_profile {
  double period_s = 0;
  std::vector<double> factors{}; ///< >= 0, not all 0; only their proportions count
};

class arrival_process {
public:
  /// `rate`: arrivals per second, mean over a period of `profile`.
  arrival_process(double rate, const gap_shape& gaps, rate_profile profile, sampler random);
  /// The next arrival, in seconds; the gap before the first one is like all others.
  double next();

private:
  double gap();
  double instant_of(double work) const;

  rate_profile m_profile;
  sampler m_random;
  double m_rate;
  gap_family m_family;
  double m_shape; ///< of the family; 0: all gaps are equal
  double m_work = 0; ///< seconds at the mean rate that the arrivals so far took
};

} // namespace strata::traffic
