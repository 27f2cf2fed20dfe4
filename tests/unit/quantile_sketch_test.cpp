// SPDX-License-Identifier: Apache-2.0
// Quantiles of the sketch against those of sorted lists, and that order and division of the values change nothing.
#include "traffic/requests/quantile_sketch.hpp"

#include "traffic/requests/sampler.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace strata::traffic {
namespace {

quantile_sketch sketch_of(const std::vector<double>& values) {
  quantile_sketch s;
  for (const double v : values)
    s.add(v);
  return s;
}

double exact(const std::vector<double>& sorted, double p) {
  const double rank = p * static_cast<double>(sorted.size() - 1);
  const auto i = static_cast<std::size_t>(rank);
  const double next = i + 1 < sorted.size() ? sorted[i + 1] : sorted[i];
  return sorted[i] + (rank - static_cast<double>(i)) * (next - sorted[i]);
}

TEST(quantile_sketch, one_value_is_itself_and_none_is_zero) {
  for (const double v : {0.0, 1e-12, 7.0, 0.1234567, 1e12}) {
    const distribution one = distribution_of(sketch_of({v}));
    EXPECT_EQ(one.mean, v);
    EXPECT_EQ(one.p50, v);
    EXPECT_EQ(one.p99, v);
    EXPECT_EQ(one.quantiles, std::vector<double>{v});
    const distribution equal = distribution_of(sketch_of(std::vector<double>(500, v)));
    EXPECT_EQ(equal.p90, v) << "equal values, too";
  }
  EXPECT_EQ(distribution_of(quantile_sketch()).p50, 0);
  EXPECT_TRUE(distribution_of(quantile_sketch()).quantiles.empty());
}

TEST(quantile_sketch, quantiles_are_as_many_as_values_or_101) {
  const distribution few = distribution_of(sketch_of({3, 1, 2}));
  ASSERT_EQ(few.quantiles.size(), 3u);
  EXPECT_EQ(few.quantiles[0], 1) << "the least and the greatest are exact";
  EXPECT_NEAR(few.quantiles[1], 2, 2 * quantile_sketch::relative_error);
  EXPECT_EQ(few.quantiles[2], 3);
  std::vector<double> many;
  for (int i = 1000; i >= 0; --i)
    many.push_back(i);
  const distribution d = distribution_of(sketch_of(many));
  ASSERT_EQ(d.quantiles.size(), 101u);
  EXPECT_EQ(d.quantiles.front(), 0);
  EXPECT_NEAR(d.quantiles[50], 500, 500 * quantile_sketch::relative_error);
  EXPECT_EQ(d.quantiles.back(), 1000);
}

TEST(distribution, of_a_list_is_exact) {
  const distribution d = distribution_of(std::vector<double>{40, 10, 30, 20});
  EXPECT_DOUBLE_EQ(d.mean, 25);
  EXPECT_DOUBLE_EQ(d.p50, 25);   // rank 1.5
  EXPECT_DOUBLE_EQ(d.p90, 37);   // rank 2.7
  EXPECT_DOUBLE_EQ(d.p99, 39.7); // rank 2.97
  EXPECT_EQ(d.quantiles, (std::vector<double>{10, 20, 30, 40}));
  EXPECT_EQ(distribution_of(std::vector<double>{}).p99, 0);
  EXPECT_EQ(distribution_of(std::vector<double>{7}).p99, 7);
}

TEST(quantile_sketch, errors_stay_below_their_bound) {
  sampler random(5);
  using draw = double (*)(sampler&);
  const draw kinds[] = {[](sampler& r) { return r.uniform(); },
                        [](sampler& r) { return std::exp(3 * r.normal()); },
                        [](sampler& r) { return r.exponential(1e9); },
                        [](sampler& r) { return std::floor(20 * r.uniform()); }, // many zeros, many equal ones
                        [](sampler& r) { return std::exp(100 * r.normal()); },   // 1e-150 ... 1e150
                        [](sampler& r) { return 1 + 1e-5 * r.uniform(); }};      // all in one bin
  for (const draw kind : kinds)
    for (const std::size_t n : {2u, 11u, 100u, 1777u, 50'000u}) {
      std::vector<double> values(n);
      for (double& v : values)
        v = kind(random);
      const quantile_sketch s = sketch_of(values);
      double sum = 0;
      for (const double v : values)
        sum += v;
      EXPECT_EQ(s.count(), n);
      EXPECT_EQ(s.sum(), sum);
      std::sort(values.begin(), values.end());
      EXPECT_EQ(s.least(), values.front());
      EXPECT_EQ(s.greatest(), values.back());
      std::vector<double> ps;
      for (int i = 0; i <= 1000; ++i)
        ps.push_back(i / 1000.0);
      const std::vector<double> quantiles = s.quantiles(ps);
      for (std::size_t i = 0; i < ps.size(); ++i) {
        const double expected = exact(values, ps[i]);
        ASSERT_LE(std::fabs(quantiles[i] - expected), expected * quantile_sketch::relative_error) << n << " values, p " << ps[i];
      }
      EXPECT_EQ(quantiles.front(), values.front());
      EXPECT_EQ(quantiles.back(), values.back());
      EXPECT_TRUE(std::is_sorted(quantiles.begin(), quantiles.end()));
    }
}

TEST(quantile_sketch, order_and_division_change_nothing) {
  sampler random(6);
  std::vector<double> values(3000);
  for (double& v : values)
    v = std::floor(1000 * std::exp(2 * random.normal())); // whole numbers: their sums are exact
  const quantile_sketch forwards = sketch_of(values);
  quantile_sketch parts[3];
  for (std::size_t i = values.size(); i-- > 0;)
    parts[i < 100 ? 0 : i < 1500 ? 1 : 2].add(values[i]);
  quantile_sketch merged = parts[2];
  merged += quantile_sketch();
  merged += parts[0];
  merged += parts[1];
  EXPECT_EQ(merged.count(), forwards.count());
  EXPECT_EQ(merged.sum(), forwards.sum());
  EXPECT_EQ(distribution_of(merged).quantiles, distribution_of(forwards).quantiles);
  quantile_sketch from_nothing;
  from_nothing += forwards;
  EXPECT_EQ(distribution_of(from_nothing).quantiles, distribution_of(forwards).quantiles);
}

TEST(quantile_sketch, equal_values_may_come_together) {
  quantile_sketch together, apart;
  for (const auto& [value, times] : {std::pair{0.0, 2u}, {0.5, 3u}, {7.0, 1u}, {3.0, 0u}}) {
    together.add(value, times);
    for (unsigned i = 0; i < times; ++i)
      apart.add(value);
  }
  EXPECT_EQ(together.count(), 6u);
  EXPECT_EQ(together.sum(), apart.sum());
  EXPECT_EQ(together.greatest(), 7);
  EXPECT_EQ(together.quantiles({0.1, 0.5, 0.7}), apart.quantiles({0.1, 0.5, 0.7}));
}

TEST(quantile_sketch, refuses_what_no_latency_is) {
  quantile_sketch s;
  for (const double v : {-1.0, std::nan(""), HUGE_VAL})
    EXPECT_THROW(s.add(v), std::invalid_argument) << v;
  EXPECT_EQ(s.count(), 0u);
}

} // namespace
} // namespace strata::traffic
