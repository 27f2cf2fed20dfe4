// SPDX-License-Identifier: Apache-2.0
// Latency metrics against hand-computed ones, and percentiles against a sorted list.
#include "traffic/serving/metrics.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace strata::traffic {
namespace {

constexpr std::int64_t s = 1'000'000'000'000; // ps

TEST(metrics, percentiles_are_linear_between_order_statistics) {
  std::vector<double> values{40, 10, 30, 20};
  const distribution d = distribution_of(values);
  EXPECT_DOUBLE_EQ(d.mean, 25);
  EXPECT_DOUBLE_EQ(d.p50, 25);   // rank 1.5
  EXPECT_DOUBLE_EQ(d.p90, 37);   // rank 2.7
  EXPECT_DOUBLE_EQ(d.p99, 39.7); // rank 2.97
}

TEST(metrics, percentiles_of_one_value_are_that_value_and_of_none_are_zero) {
  std::vector<double> one{7}, none;
  EXPECT_EQ(distribution_of(one).p99, 7);
  EXPECT_EQ(distribution_of(one).mean, 7);
  EXPECT_EQ(distribution_of(none).p50, 0);
}

TEST(metrics, quantiles_are_all_values_or_101_of_them) {
  std::vector<double> few{3, 1, 2}, many(1001), none;
  EXPECT_EQ(distribution_of(few).quantiles, (std::vector<double>{1, 2, 3}));
  EXPECT_TRUE(distribution_of(none).quantiles.empty());
  for (std::size_t i = 0; i < many.size(); ++i)
    many[i] = static_cast<double>(many.size() - 1 - i);
  const distribution d = distribution_of(many);
  ASSERT_EQ(d.quantiles.size(), 101u);
  EXPECT_DOUBLE_EQ(d.quantiles.front(), 0);
  EXPECT_DOUBLE_EQ(d.quantiles[50], 500);
  EXPECT_DOUBLE_EQ(d.quantiles.back(), 1000);
}

TEST(metrics, percentiles_agree_with_a_sorted_list) {
  std::mt19937_64 random(5);
  for (std::size_t n : {2u, 11u, 100u, 101u, 1777u}) {
    std::vector<double> values(n);
    for (double& v : values)
      v = static_cast<double>(random() % 1000);
    std::vector<double> sorted = values;
    std::sort(sorted.begin(), sorted.end());
    const auto expected = [&sorted](double p) {
      const double rank = p * static_cast<double>(sorted.size() - 1);
      const auto i = static_cast<std::size_t>(rank);
      const double next = i + 1 < sorted.size() ? sorted[i + 1] : sorted[i];
      return sorted[i] + (rank - static_cast<double>(i)) * (next - sorted[i]);
    };
    const distribution d = distribution_of(values);
    EXPECT_DOUBLE_EQ(d.p50, expected(0.5));
    EXPECT_DOUBLE_EQ(d.p90, expected(0.9));
    EXPECT_DOUBLE_EQ(d.p99, expected(0.99));
  }
}

TEST(metrics, summary_by_hand) {
  // id, arrival, admitted, first token, finished, prompt, output, cached, fetched, preempted, rejected
  const std::vector<request_record> records{
      {0, 0, 0, 1 * s, 3 * s, 100, 5, 0, 0, 0, false},              // TPOT 2 s / 4 = 0.5 s
      {1, 1 * s, 2 * s, 5 * s, 8 * s, 300, 4, 64, 32, 2, false},      // TPOT 3 s / 3 = 1 s
      {2, 2 * s, 2 * s, 4 * s, 4 * s, 50, 1, 0, 0, 0, false},       // one token: no TPOT
      {3, 2 * s, 0, 0, 0, 999, 9, 0, 0, 0, true},
      {4, 3 * s, 3 * s, 0, 0, 7, 7, 0, 0, 0, false},                // not completed
  };
  const latency_summary l = summarise(records, 10);
  EXPECT_EQ(l.completed, 3u);
  EXPECT_EQ(l.preemptions, 2u);
  EXPECT_EQ(l.rejected, 1u);
  EXPECT_EQ(l.prompt_tokens, 450u);
  EXPECT_EQ(l.cached_tokens, 64u);
  EXPECT_EQ(l.output_tokens, 10u);
  EXPECT_DOUBLE_EQ(l.ttft.mean, 7.0 / 3);
  EXPECT_DOUBLE_EQ(l.ttft.p50, 2);
  EXPECT_DOUBLE_EQ(l.tpot.mean, 0.75);
  EXPECT_DOUBLE_EQ(l.tpot.p50, 0.75);
  EXPECT_DOUBLE_EQ(l.end_to_end.p50, 3);
  EXPECT_DOUBLE_EQ(l.end_to_end.mean, 4);
  EXPECT_DOUBLE_EQ(l.queueing.mean, 1.0 / 3);
  EXPECT_DOUBLE_EQ(l.makespan_s, 8);
  EXPECT_DOUBLE_EQ(l.output_tokens_per_s, 1);
  EXPECT_DOUBLE_EQ(l.prompt_tokens_per_s, 45);
  EXPECT_DOUBLE_EQ(l.output_tokens_per_s_per_user, 1.5); // mean of 2/s and 1/s, not 1 / mean TPOT
}

TEST(metrics, nothing_completed_gives_zeros) {
  const latency_summary l = summarise({{0, 0, 0, 0, 0, 10, 10, 0, 0, 0, true}}, 0);
  EXPECT_EQ(l.completed, 0u);
  EXPECT_EQ(l.rejected, 1u);
  EXPECT_EQ(l.ttft.p99, 0);
  EXPECT_EQ(l.makespan_s, 0);
  EXPECT_EQ(l.output_tokens_per_s, 0);
}

} // namespace
} // namespace strata::traffic
