// SPDX-License-Identifier: Apache-2.0
// Amounts over time: nothing is lost when bins merge, and shares go where the time is.
#include "sc_main/run/time_bins.hpp"

#include <gtest/gtest.h>

#include <random>

namespace strata::cli {
namespace {

constexpr std::int64_t us = 1'000'000; // ps, the first width

TEST(time_bins, spreads_an_amount_over_the_bins_it_covers) {
  time_bins bins(2);
  const double amounts[] = {8, 4};
  bins.add(us / 2, 2 * us + us / 2, 0, amounts, 2); // half of the first bin, the second, half of the third
  ASSERT_EQ(bins.size(), 3u);
  EXPECT_DOUBLE_EQ(bins.bin(0)[0], 2);
  EXPECT_DOUBLE_EQ(bins.bin(1)[0], 4);
  EXPECT_DOUBLE_EQ(bins.bin(2)[1], 1);
}

TEST(time_bins, an_instant_is_in_one_bin_and_an_end_belongs_to_the_bin_before) {
  time_bins bins(1);
  const double one = 1;
  bins.add(3 * us, 3 * us, 0, &one, 1);
  EXPECT_DOUBLE_EQ(bins.bin(3)[0], 1);
  bins.add(3 * us, 4 * us, 0, &one, 1);
  EXPECT_EQ(bins.size(), 4u);
  EXPECT_DOUBLE_EQ(bins.bin(3)[0], 2);
}

TEST(time_bins, merging_keeps_every_amount_in_its_place) {
  time_bins bins(1, 4);
  for (int i = 0; i < 7; ++i) { // outgrows four bins of one and then has four of two
    const double amount = i;
    bins.add(i * us, (i + 1) * us, 0, &amount, 1);
  }
  EXPECT_EQ(bins.width(), 2 * us);
  ASSERT_EQ(bins.size(), 4u);
  EXPECT_DOUBLE_EQ(bins.bin(0)[0], 0 + 1);
  EXPECT_DOUBLE_EQ(bins.bin(1)[0], 2 + 3);
  EXPECT_DOUBLE_EQ(bins.bin(2)[0], 4 + 5);
  EXPECT_DOUBLE_EQ(bins.bin(3)[0], 6);
}

TEST(time_bins, the_sum_stays_whatever_comes_in_whatever_order) {
  std::mt19937_64 random(3);
  time_bins bins(1);
  double sum = 0;
  for (int i = 0; i < 2000; ++i) {
    const auto from = static_cast<std::int64_t>(random() % 4'000'000'000'000);
    const auto length = static_cast<std::int64_t>(random() % 100'000'000'000);
    const double amount = static_cast<double>(random() % 1000);
    bins.add(from, from + length, 0, &amount, 1);
    sum += amount;
  }
  double total = 0;
  for (std::size_t i = 0; i < bins.size(); ++i)
    total += bins.bin(i)[0];
  EXPECT_NEAR(total, sum, 1e-9 * sum);
  EXPECT_LE(bins.size(), 240u);
  EXPECT_GT(bins.size(), 120u);
}

} // namespace
} // namespace strata::cli
