// SPDX-License-Identifier: Apache-2.0
// Costs of copies between simulated sizes.
#include "traffic/steps/copy_costs.hpp"

#include <gtest/gtest.h>

namespace strata::traffic {
namespace {

TEST(copy_costs, a_latency_and_a_stream_are_met_with_few_simulations) {
  unsigned simulated = 0;
  std::uint64_t largest = 0;
  copy_costs costs([&](const kv_copy& c) {
    ++simulated;
    largest = std::max(largest, c.tokens);
    const double t = 1e-5 * (c.from + 1) + 1e-8 * static_cast<double>(c.tokens);
    return step_outcome{t, t, 0, {static_cast<double>(c.tokens), 1}};
  });
  for (const std::uint64_t tokens : {1u, 2u, 3u, 64u, 100u, 127u, 5000u}) {
    const step_outcome o = costs.of({0, 1, 0, tokens});
    EXPECT_NEAR(o.latency_s, 2e-5 + 1e-8 * static_cast<double>(tokens), 1e-15);
    EXPECT_NEAR(o.meters[0], static_cast<double>(tokens), 1e-9);
    EXPECT_NEAR(o.meters[1], 1, 1e-12);
  }
  EXPECT_EQ(simulated, 6u) << "1, 2, 32, 64, 2048 and 4096 tokens";
  EXPECT_EQ(largest, 4096u);
  EXPECT_NEAR(costs.of({0, 0, 1, 64}).latency_s, 1e-5 + 64e-8, 1e-15) << "other places, other costs";
}

TEST(copy_costs, copies_slow_each_other_down_by_what_they_share) {
  const auto alone = [](const kv_copy& c) {
    const double t = 1e-4 + (c.from == 2 ? 1e-6 : 1e-7) * static_cast<double>(c.tokens);
    return step_outcome{t, t, 0, {}};
  };
  unsigned asked = 0;
  copy_costs costs(alone, [&](const kv_copy& c, unsigned count, const kv_copy& other) {
    ++asked;
    EXPECT_LE(std::max(c.tokens, other.tokens), 16384u);
    EXPECT_GT(count * alone(c).latency_s, 2 * alone(other).latency_s) << "they outlast the other one at half their pace";
    const bool all = c.from == 2 && other.from == 2;
    return count * alone(c).latency_s + (all ? 1 : 0.25) * alone(other).latency_s;
  });
  const kv_copy slow{1, 2, 0, 7}, fast{2, 1, 0, 7}, down{3, 2, 3, 7};
  EXPECT_NEAR(costs.slowdown(slow, fast), 1.25, 1e-9);
  EXPECT_NEAR(costs.slowdown(slow, fast), 1.25, 1e-9);
  EXPECT_EQ(asked, 2u) << "each beside the other, once";
  EXPECT_NEAR(costs.slowdown(slow, down), 2, 1e-9);
  EXPECT_NEAR(costs.slowdown(slow, std::vector{slow, fast, down}), 2.25, 1e-9);
  EXPECT_EQ(costs.slowdown(slow, std::vector{slow}), 1);
  EXPECT_EQ(copy_costs(alone).slowdown(slow, fast), 1);
}

/// A drive that reads before it writes: the write stands still for a part of the read, which notices nothing.
TEST(copy_costs, what_one_gives_way_to_the_other_it_loses_while_that_goes_on) {
  const auto alone = [](const kv_copy& c) { return step_outcome{1e-6 * double(c.tokens), 1e-6 * double(c.tokens), 0, {}}; };
  constexpr double lost = 0.4;
  copy_costs costs(alone, [&](const kv_copy& c, unsigned count, const kv_copy& other) {
    return count * alone(c).latency_s + (c.to == 2 ? lost * alone(other).latency_s : 0);
  });
  const kv_copy write{1, 1, 2, 1}, read{2, 2, 0, 1};
  EXPECT_EQ(costs.slowdown(read, write), 1);
  EXPECT_NEAR(1 - 1 / costs.slowdown(write, read), lost, 0.02);
}

TEST(copy_costs, of_several_things_that_are_shared_the_tightest_counts) {
  const auto alone = [](const kv_copy& c) { return step_outcome{1e-6 * double(c.tokens), 1e-6 * double(c.tokens), 0, {}}; };
  copy_costs costs(alone, [&](const kv_copy& c, unsigned count, const kv_copy& other) {
    const bool share = c.from == other.from || c.to == other.to;
    return count * alone(c).latency_s + (share ? alone(other).latency_s : 0);
  });
  const kv_copy mine{1, 1, 2, 1}, same_source{2, 1, 3, 1}, same_target{3, 4, 2, 1}, also_source{4, 1, 5, 1};
  EXPECT_NEAR(costs.slowdown(mine, std::vector{mine, same_source, same_target}), 2, 1e-9);
  EXPECT_NEAR(costs.slowdown(mine, std::vector{mine, same_source, also_source}), 3, 1e-9);
}

} // namespace
} // namespace strata::traffic
