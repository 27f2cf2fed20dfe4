// SPDX-License-Identifier: Apache-2.0
// Mean and quantiles of any number of values in bounded memory: counts in bins of equal relative width.
// Kernel-free.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

namespace strata::traffic {

/// Mean, least and greatest value are exact. An order statistic is off by less than the width of its bin, a 1024th of an
/// octave: `relative_error`. Bins exist between the least and the greatest value (1 to 8 bytes for each of the
/// 1024 bins of an octave, zero is counted apart), and neither depend on the order of values nor on which of several
/// sketches that are added up got them.
class quantile_sketch {
public:
  static constexpr double relative_error = 6.8e-4; ///< 2^(1/1024) - 1, rounded up

  quantile_sketch();
  quantile_sketch(const quantile_sketch& other);
  quantile_sketch(quantile_sketch&& other) noexcept;
  quantile_sketch& operator=(quantile_sketch other) noexcept;
  ~quantile_sketch();

  /// `times` equal values. Throws std::invalid_argument where they are negative or not finite.
  void add(double value, std::uint64_t times = 1);
  quantile_sketch& operator+=(const quantile_sketch& other);

  std::uint64_t count() const { return m_count; }
  double sum() const { return m_sum; }
  double mean() const { return m_count ? m_sum / static_cast<double>(m_count) : 0; }
  double least() const { return m_least; }
  double greatest() const { return m_greatest; }
  /// Linear between the two order statistics around rank p * (count - 1), for each of `ps`, ascending in 0 .. 1. Zeros
  /// where there are no values.
  std::vector<double> quantiles(const std::vector<double>& ps) const;

private:
  struct bins; ///< made with the first value above zero
  std::unique_ptr<bins> m_bins;
  std::uint64_t m_count = 0, m_zeros = 0;
  double m_sum = 0, m_least = 0, m_greatest = 0;
};

/// In the values' unit; zeros where there are none.
struct distribution {
  double mean = 0, p50 = 0, p90 = 0, p99 = 0;
  std::vector<double> quantiles{}; ///< from the least to the greatest in equal steps of rank: as many as values, 101 at most
};

distribution distribution_of(const quantile_sketch& values);
/// The same of a list that is there anyway: exact.
distribution distribution_of(std::vector<double> values);

} // namespace strata::traffic
