// SPDX-License-Identifier: Apache-2.0
// Cores that run agents' tools: who waits for whom, and what speed, number and share of work do.
#include "traffic/requests/tool_cores.hpp"

#include <gtest/gtest.h>

#include <array>
#include <stdexcept>
#include <vector>

namespace strata::traffic {
namespace {

constexpr std::int64_t s = 1'000'000'000'000;

tool_config hosts(unsigned cores, double cpu_share) {
  tool_config c;
  c.cores = cores;
  c.cpu_share = cpu_share;
  return c;
}

TEST(tool_cores, a_call_works_and_then_waits_for_the_rest) {
  tool_config c = hosts(1, 0.25);
  c.speed = 2;
  tool_cores cores(c);
  EXPECT_EQ(cores.run(0, 8 * s, 10 * s), 10 * s + 1 * s + 6 * s);
  EXPECT_EQ(cores.statistics().calls, 1u);
  EXPECT_DOUBLE_EQ(cores.statistics().core_s, 1);
  EXPECT_DOUBLE_EQ(cores.statistics().queued_s, 0);
}

TEST(tool_cores, calls_wait_for_each_other_where_cores_are_few) {
  tool_cores two(hosts(2, 1));
  EXPECT_EQ(two.run(0, 4 * s, 0), 4 * s);
  EXPECT_EQ(two.run(1, 10 * s, 0), 10 * s);
  EXPECT_EQ(two.run(2, 3 * s, 1 * s), 7 * s) << "behind the first one";
  EXPECT_EQ(two.run(3, 1 * s, 20 * s), 21 * s);
  EXPECT_DOUBLE_EQ(two.statistics().queued_s, 3);
  EXPECT_DOUBLE_EQ(two.statistics().core_s, 18);
}

TEST(tool_cores, a_call_on_several_cores_starts_when_so_many_are_free) {
  tool_config c = hosts(4, 1);
  c.cores_per_call = 3;
  std::vector<std::array<double, 3>> ran;
  c.on_run = [&ran](std::int64_t from, std::int64_t to, double core_s) {
    ran.push_back({static_cast<double>(from) / s, static_cast<double>(to) / s, core_s});
  };
  tool_cores cores(c);
  EXPECT_EQ(cores.run(0, 5 * s, 0), 5 * s);
  EXPECT_EQ(cores.run(1, 2 * s, 1 * s), 7 * s) << "one is free at once, two more after 5 s";
  const std::vector<std::array<double, 3>> expected{{0, 5, 15}, {5, 7, 6}};
  EXPECT_EQ(ran, expected);
  c.cores = 2;
  EXPECT_EQ(tool_cores(c).run(0, 5 * s, 0), 5 * s) << "on as many as there are";
}

TEST(tool_cores, some_calls_work_all_the_time_and_the_others_never) {
  tool_config c = hosts(100'000, 0.3);
  c.whole_calls = true;
  tool_cores cores(c);
  for (std::uint64_t call = 0; call < 10'000; ++call)
    EXPECT_EQ(cores.run(call, 2 * s, 0), 2 * s);
  EXPECT_NEAR(static_cast<double>(cores.statistics().calls) / 10'000, 0.3, 0.015);
  tool_cores again(c);
  for (std::uint64_t call = 0; call < 10'000; ++call)
    again.run(call, 2 * s, 0);
  EXPECT_EQ(again.statistics().calls, cores.statistics().calls) << "the same ones in every run";
}

TEST(tool_cores, without_cores_all_is_outside) {
  tool_cores none(hosts(0, 1));
  EXPECT_EQ(none.run(0, 5 * s, s), 6 * s);
  EXPECT_EQ(none.statistics().calls, 0u);
  tool_config stopped = hosts(1, 1);
  stopped.speed = 0;
  EXPECT_THROW(tool_cores{stopped}, std::invalid_argument);
}

} // namespace
} // namespace strata::traffic
