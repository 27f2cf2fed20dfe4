// SPDX-License-Identifier: Apache-2.0
#include "traffic/requests/quantile_sketch.hpp"

#include <boost/histogram/axis/integer.hpp>
#include <boost/histogram/histogram.hpp>
#include <boost/histogram/make_histogram.hpp>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>
#include <tuple>

namespace strata::traffic {

namespace {

namespace bh = boost::histogram;
// Numbers of bins grow by whole ones, so that edges are the same in every sketch: axes of real numbers that grow would not merge.
using bin_axis = bh::axis::integer<int, bh::use_default, bh::axis::option::growth_t>;
constexpr double bins_per_octave = 1024;

double lower_edge(double bin) { return std::exp2(bin / bins_per_octave); }

/// For each of `ps`, ascending; `at` gives the order statistic of a rank, ranks never fall.
template <class F> std::vector<double> between(std::uint64_t count, F at, const std::vector<double>& ps) {
  std::vector<double> values;
  std::uint64_t last = 0;
  double low = at(0), high = at(count > 1);
  for (const double p : ps) {
    const double rank = p * static_cast<double>(count - 1);
    const auto below = static_cast<std::uint64_t>(rank);
    if (below != last) {
      low = at(below);
      high = at(std::min(below + 1, count - 1));
      last = below;
    }
    values.push_back(low + (rank - static_cast<double>(below)) * (high - low));
  }
  return values;
}

/// `quantiles` gives those of a list of ps.
template <class F> distribution described(std::uint64_t count, double mean, F quantiles) {
  if (count == 0)
    return {};
  const auto points = static_cast<std::size_t>(std::min<std::uint64_t>(count, 101));
  std::vector<double> ps;
  for (std::size_t i = 0; i < points; ++i)
    ps.push_back(points == 1 ? 0 : static_cast<double>(i) / static_cast<double>(points - 1));
  const std::vector<double> named = quantiles({0.5, 0.9, 0.99});
  return {mean, named[0], named[1], named[2], quantiles(ps)};
}

} // namespace

struct quantile_sketch::bins {
  explicit bins(int first) : counts(std::make_tuple(bin_axis(first, first + 1))) {}
  bh::histogram<std::tuple<bin_axis>> counts;
};

quantile_sketch::quantile_sketch() = default;
quantile_sketch::quantile_sketch(quantile_sketch&&) noexcept = default;
quantile_sketch::~quantile_sketch() = default;

quantile_sketch::quantile_sketch(const quantile_sketch& o)
    : m_bins(o.m_bins ? std::make_unique<bins>(*o.m_bins) : nullptr), m_count(o.m_count), m_zeros(o.m_zeros), m_sum(o.m_sum),
      m_least(o.m_least), m_greatest(o.m_greatest) {}

quantile_sketch& quantile_sketch::operator=(quantile_sketch o) noexcept {
  m_bins = std::move(o.m_bins);
  std::tie(m_count, m_zeros, m_sum, m_least, m_greatest) = std::tie(o.m_count, o.m_zeros, o.m_sum, o.m_least, o.m_greatest);
  return *this;
}

void quantile_sketch::add(double value, std::uint64_t times) {
  if (times == 0)
    return;
  if (!(value >= 0) || std::isinf(value))
    throw std::invalid_argument("a sketch takes finite values, zero or more, not " + std::to_string(value));
  m_least = m_count == 0 ? value : std::min(m_least, value);
  m_greatest = std::max(m_greatest, value);
  m_sum += value * static_cast<double>(times);
  m_count += times;
  if (value == 0) {
    m_zeros += times;
    return;
  }
  const auto bin = static_cast<int>(std::floor(std::log2(value) * bins_per_octave));
  if (!m_bins)
    m_bins = std::make_unique<bins>(bin);
  *m_bins->counts(bin) += times - 1;
}

quantile_sketch& quantile_sketch::operator+=(const quantile_sketch& o) {
  if (o.m_count == 0)
    return *this;
  m_least = m_count == 0 ? o.m_least : std::min(m_least, o.m_least);
  m_greatest = std::max(m_greatest, o.m_greatest);
  m_sum += o.m_sum;
  m_count += o.m_count;
  m_zeros += o.m_zeros;
  if (o.m_bins && m_bins)
    m_bins->counts += o.m_bins->counts;
  else if (o.m_bins)
    m_bins = std::make_unique<bins>(*o.m_bins);
  return *this;
}

std::vector<double> quantile_sketch::quantiles(const std::vector<double>& ps) const {
  if (m_count == 0)
    return std::vector<double>(ps.size(), 0.0);
  const int size = m_bins ? m_bins->counts.axis().size() : 0;
  int bin = -1;                                     // the one that holds the rank asked for last, -1: zeros
  std::uint64_t before = 0, in = m_zeros;           // values in those below it and in itself
  const auto at = [&](std::uint64_t rank) {
    if (rank == 0 || rank + 1 == m_count)
      return rank == 0 ? m_least : m_greatest;
    while (rank >= before + in && bin + 1 < size) {
      before += in;
      in = static_cast<std::uint64_t>(m_bins->counts.at(++bin));
    }
    if (bin < 0)
      return 0.0;
    const double share = (static_cast<double>(rank - before) + 0.5) / static_cast<double>(in);
    return std::clamp(lower_edge(m_bins->counts.axis().value(bin) + share), m_least, m_greatest);
  };
  return between(m_count, at, ps);
}

distribution distribution_of(const quantile_sketch& values) {
  return described(values.count(), values.mean(), [&](const std::vector<double>& ps) { return values.quantiles(ps); });
}

distribution distribution_of(std::vector<double> values) {
  const double mean = values.empty() ? 0 : std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
  std::sort(values.begin(), values.end());
  const auto at = [&](std::uint64_t rank) { return values[rank]; };
  return described(values.size(), mean, [&](const std::vector<double>& ps) { return between(values.size(), at, ps); });
}

} // namespace strata::traffic
