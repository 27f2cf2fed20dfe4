// SPDX-License-Identifier: Apache-2.0
// Amounts over time in a bounded number of equal bins: where time outgrows them, neighbours merge and bins are twice as
// long. What comes out depends on the amounts alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace strata::cli {

class time_bins {
public:
  /// `channels` amounts are kept apart in every bin. `most` bins, an even number.
  explicit time_bins(std::size_t channels, std::size_t most = 240);

  /// Spreads amounts[i] of channel `first` + i evenly over from .. to (ps, not negative; all into one bin where equal).
  void add(std::int64_t from, std::int64_t to, std::size_t first, const double* amounts, std::size_t count);

  std::size_t size() const { return m_bins.size(); }
  std::int64_t width() const { return m_width; } ///< ps
  /// Sums of all channels in one bin.
  const std::vector<double>& bin(std::size_t i) const { return m_bins[i]; }

private:
  void reach(std::int64_t until);
  void merge();

  std::size_t m_channels, m_most;
  std::int64_t m_width = 1'000'000;
  std::vector<std::vector<double>> m_bins;
};

} // namespace strata::cli
