// SPDX-License-Identifier: Apache-2.0
// Warm-up, confidence and objectives on series whose answers are known.
#include "traffic/serving/service_levels.hpp"

#include "traffic/requests/sampler.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace strata::traffic {
namespace {

constexpr std::int64_t s = 1'000'000'000'000;

service_levels judge(const std::vector<request_record>& records, const std::vector<service_objectives>& objectives) {
  service_account account(objectives);
  for (const request_record& r : records)
    account.add(r);
  return account.levels();
}

/// Of requests of one token each that arrive every second and take `values` seconds.
service_levels levels_of(const std::vector<double>& values) {
  std::vector<request_record> records;
  for (const double v : values) {
    const auto arrival = static_cast<std::int64_t>(records.size()) * s, end = arrival + static_cast<std::int64_t>(v * 1e12 + 0.5);
    records.push_back({records.size(), arrival, arrival, end, end, 100, 1});
  }
  return judge(records, {{2, 1}});
}

TEST(service_levels, a_settled_series_is_cut_where_it_settles) {
  sampler random(5);
  for (const int scale : {1, 10, 100}) { // whatever batches have grown to
    std::vector<double> values;
    for (int i = 0; i < 400 * scale; ++i)
      values.push_back((i < 60 * scale ? 10.0 - i / 6.0 / scale : 0) + 1 + 0.2 * std::fabs(random.normal()));
    const service_levels l = levels_of(values);
    EXPECT_TRUE(l.steady);
    EXPECT_GE(l.warm_up, 45u * scale);
    EXPECT_LE(l.warm_up, 110u * scale);
    EXPECT_EQ(l.counted, values.size() - l.warm_up);
    double sum = 0;
    for (std::size_t i = l.warm_up; i < values.size(); ++i)
      sum += values[i];
    EXPECT_NEAR(l.normalised.mean, sum / static_cast<double>(l.counted), 1e-9) << "of those after the warm-up";
    EXPECT_LT(l.normalised.quantiles.back(), 5);
  }
  EXPECT_EQ(levels_of(std::vector<double>(400, 3.0)).warm_up, 0u);
}

TEST(service_levels, a_growing_series_has_not_settled) {
  std::vector<double> values;
  for (int i = 0; i < 200; ++i)
    values.push_back(1 + i * i);
  EXPECT_FALSE(levels_of(values).steady);
  EXPECT_EQ(levels_of(values).counted, 200u);
  EXPECT_FALSE(levels_of({1, 2, 3}).steady) << "too few to tell";
}

TEST(service_levels, intervals_hold_the_mean_as_often_as_they_say) {
  sampler random(7);
  for (const int requests : {200, 1500}) {
    int held = 0;
    for (int trial = 0; trial < 400; ++trial) {
      std::vector<double> values;
      for (int i = 0; i < requests; ++i)
        values.push_back(9 + random.normal());
      const estimate e = levels_of(values).normalised_s;
      EXPECT_GT(e.half_width, 0);
      held += std::fabs(e.mean - 9) <= e.half_width;
    }
    EXPECT_NEAR(held, 380, 20) << "95 % of 400";
  }
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
