// SPDX-License-Identifier: Apache-2.0
#include "sc_main/run/time_bins.hpp"

#include <algorithm>

namespace strata::cli {

time_bins::time_bins(std::size_t channels, std::size_t most) : m_channels(channels), m_most(most) {}

void time_bins::merge() {
  for (std::size_t i = 0; i < m_bins.size(); i += 2) {
    if (i + 1 < m_bins.size())
      for (std::size_t c = 0; c < m_channels; ++c)
        m_bins[i][c] += m_bins[i + 1][c];
    if (i > 0)
      std::swap(m_bins[i / 2], m_bins[i]);
  }
  m_bins.resize((m_bins.size() + 1) / 2);
  m_width *= 2;
}

/// Makes bins up to the one that holds the instant `until`.
void time_bins::reach(std::int64_t until) {
  while (until / m_width >= static_cast<std::int64_t>(m_most))
    merge();
  while (static_cast<std::int64_t>(m_bins.size()) <= until / m_width)
    m_bins.emplace_back(m_channels, 0.0);
}

void time_bins::add(std::int64_t from, std::int64_t to, std::size_t first, const double* amounts, std::size_t count) {
  const std::int64_t last = std::max(from, to - 1);
  reach(last);
  for (std::int64_t b = from / m_width; b <= last / m_width; ++b) {
    const std::int64_t begin = std::max(from, b * m_width), end = std::min(to, (b + 1) * m_width);
    const double share = to > from ? static_cast<double>(end - begin) / static_cast<double>(to - from) : 1;
    std::vector<double>& bin = m_bins[static_cast<std::size_t>(b)];
    for (std::size_t i = 0; i < count; ++i)
      bin[first + i] += share * amounts[i];
  }
}

} // namespace strata::cli
