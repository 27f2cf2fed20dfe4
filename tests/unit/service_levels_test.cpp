// SPDX-License-Identifier: Apache-2.0
// Warm-up, confidence and objectives on series whose answers are known.
#include "traffic/serving/service_levels.hpp"

#include "traffic/requests/sampler.hpp"

#include <gtest/gtest.h>

namespace strata::traffic {
namespace {

constexpr std::int64_t s = 1'000'000'000'000;

TEST(service_levels, a_settled_series_is_cut_where_it_settles) {
  sampler random(5);
  std::vector<double> values;
  for (int i = 0; i < 400; ++i)
    values.push_back((i < 60 ? 10.0 - i / 6.0 : 0) + 1 + 0.2 * random.normal());
  const auto cut = settled_after(values);
  ASSERT_TRUE(cut);
  EXPECT_GE(*cut, 45u);
  EXPECT_LE(*cut, 75u);
  EXPECT_EQ(settled_after(std::vector<double>(400, 3.0)), 0u);
}

TEST(service_levels, a_growing_series_has_not_settled) {
  std::vector<double> values;
  for (int i = 0; i < 200; ++i)
    values.push_back(i * i);
  EXPECT_FALSE(settled_after(values));
  EXPECT_FALSE(settled_after({1, 2, 3})) << "too few to tell";
}

TEST(service_levels, intervals_hold_the_mean_as_often_as_they_say) {
  sampler random(7);
  int held = 0;
  for (int trial = 0; trial < 400; ++trial) {
    std::vector<double> values;
    for (int i = 0; i < 200; ++i)
      values.push_back(5 + random.normal());
    const estimate e = batch_estimate(values);
    EXPECT_GT(e.half_width, 0);
    held += std::abs(e.mean - 5) <= e.half_width;
  }
  EXPECT_NEAR(held, 380, 20) << "95 % of 400";
}

TEST(service_levels, by_hand) {
  // id, arrival, admitted, first token, finished, prompt, output
  const std::vector<request_record> records{
      {0, 0, 0, 1 * s, 5 * s, 100, 5},     // 1 s, then 1 s a token
      {1, 0, 0, 4 * s, 4 * s, 100, 1},     // too late
      {2, 1 * s, 0, 2 * s, 8 * s, 100, 3}, // 3 s a token: too slow
      {3, 2 * s, 0, 3 * s, 10 * s, 100, 8},
  };
  const service_levels l = judge(records, {{2, 1}});
  EXPECT_FALSE(l.steady);
  EXPECT_EQ(l.counted, 4u);
  EXPECT_DOUBLE_EQ(l.met_ttft, 0.75);
  EXPECT_DOUBLE_EQ(l.met_tpot, 0.75);
  EXPECT_DOUBLE_EQ(l.met, 0.5);
  EXPECT_DOUBLE_EQ(l.goodput_per_s, 2 / 10.0);
  EXPECT_DOUBLE_EQ(l.good_tokens_per_s, 13 / 10.0);
  EXPECT_DOUBLE_EQ(l.ttft_s.mean, (1 + 4 + 1 + 1) / 4.0);
  EXPECT_DOUBLE_EQ(l.normalised.mean, (1 + 4 + 7 / 3.0 + 1) / 4);
  EXPECT_EQ(judge({}, {{1, 1}}).counted, 0u);
}

} // namespace
} // namespace strata::traffic
