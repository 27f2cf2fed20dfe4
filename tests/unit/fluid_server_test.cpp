// SPDX-License-Identifier: Apache-2.0
// The fair-share server against closed forms: equal shares, rate limits, staggered arrivals, and no byte lost.
#include "models/base/fluid_server.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

namespace strata::base {
namespace {

constexpr femtoseconds second = 1'000'000'000'000'000;

/// Runs the server until it is idle; instant at which each id ended.
std::map<std::uint64_t, femtoseconds> drain(fluid_server& server) {
  std::map<std::uint64_t, femtoseconds> ends;
  std::vector<std::uint64_t> ended;
  while (server.next() != never) {
    const femtoseconds at = server.next();
    ended.clear();
    server.advance(at, ended);
    EXPECT_FALSE(ended.empty()) << "nothing ended at the instant that next() named";
    if (ended.empty())
      break;
    for (const auto id : ended)
      ends[id] = at;
  }
  return ends;
}

TEST(fluid_server, idle_server_has_no_next_instant) {
  fluid_server server(100);
  std::vector<std::uint64_t> ended;
  EXPECT_EQ(server.next(), never);
  server.advance(second, ended);
  EXPECT_TRUE(ended.empty());
}

TEST(fluid_server, n_equal_transfers_take_n_times_as_long_and_end_together) {
  for (std::uint64_t n : {1, 2, 3, 7, 64}) {
    fluid_server server(100);
    for (std::uint64_t id = 0; id < n; ++id)
      server.add(0, id, 50);
    std::vector<std::uint64_t> ended;
    EXPECT_NEAR(static_cast<double>(server.next()), static_cast<double>(n * second / 2), 1);
    server.advance(server.next(), ended);
    ASSERT_EQ(ended.size(), n);
    EXPECT_TRUE(std::is_sorted(ended.begin(), ended.end())) << "not in order of arrival";
    EXPECT_EQ(server.size(), 0u);
  }
}

TEST(fluid_server, zero_amount_ends_at_once) {
  fluid_server server(100);
  server.add(3 * second, 1, 0);
  EXPECT_EQ(server.next(), 3 * second);
}

TEST(fluid_server, what_a_limited_transfer_leaves_goes_to_the_others) {
  fluid_server server(100);
  server.add(0, 1, 10, 10); // 10/s: ends at 1 s
  server.add(0, 2, 45);     // 45/s each: end at 1 s
  server.add(0, 3, 90);     // 45 left at 1 s, then 100/s alone: ends at 1.45 s
  const auto ends = drain(server);
  EXPECT_NEAR(to_seconds(ends.at(1)), 1, 1e-14);
  EXPECT_NEAR(to_seconds(ends.at(2)), 1, 1e-14);
  EXPECT_NEAR(to_seconds(ends.at(3)), 1.45, 1e-14);
}

TEST(fluid_server, limits_cascade) {
  fluid_server server(100); // first share 25; 10 and 26 are limited, the second only once the first has left some
  server.add(0, 1, 10, 10);
  server.add(0, 2, 26, 26);
  server.add(0, 3, 32);
  server.add(0, 4, 32);
  for (const auto& [id, end] : drain(server))
    EXPECT_NEAR(to_seconds(end), 1, 1e-14) << id;
}

TEST(fluid_server, a_limit_holds_on_an_idle_server) {
  fluid_server server(100);
  server.add(0, 1, 50, 20);
  EXPECT_NEAR(to_seconds(server.next()), 2.5, 1e-14);
}

TEST(fluid_server, a_later_arrival_slows_the_one_in_service) {
  fluid_server server(100);
  server.add(0, 1, 100);
  server.add(second / 2, 2, 100); // 50 left of the first, shared at 50/s until 1.5 s; then 50 left of the second
  const auto ends = drain(server);
  EXPECT_NEAR(to_seconds(ends.at(1)), 1.5, 1e-14);
  EXPECT_NEAR(to_seconds(ends.at(2)), 2.0, 1e-14);
}

TEST(fluid_server, shares_follow_weights) {
  fluid_server server(100);
  server.add(0, 1, 75, 0, 3); // 75/s: ends at 1 s
  server.add(0, 2, 50, 0, 1); // 25/s, then 25 left at 100/s
  const auto ends = drain(server);
  EXPECT_NEAR(to_seconds(ends.at(1)), 1, 1e-14);
  EXPECT_NEAR(to_seconds(ends.at(2)), 1.25, 1e-14);
}

TEST(fluid_server, a_limited_heavy_transfer_leaves_its_share_by_weight) {
  fluid_server server(100);
  server.add(0, 1, 10, 10, 8); // 80/s by weight, but limited to 10/s
  server.add(0, 2, 30, 0, 1);  // 30/s of the 90/s left
  server.add(0, 3, 60, 0, 2);  // 60/s
  for (const auto& [id, end] : drain(server))
    EXPECT_NEAR(to_seconds(end), 1, 1e-14) << id;
}

TEST(fluid_server, a_change_of_rate_counts_from_its_instant) {
  fluid_server server(100);
  server.add(0, 1, 100);
  server.set_rate(second / 2, 25);
  EXPECT_NEAR(to_seconds(server.next()), 2.5, 1e-14);
  server.set_rate(second, 1000); // 37.5 left
  EXPECT_NEAR(to_seconds(server.next()), 1.0375, 1e-14);
  EXPECT_EQ(server.rate(), 1000);
}

/// Without limits a fair server is work-conserving, so that every busy period ends where first-come-first-served would
/// end it: max(arrival, end so far) + amount / rate.
TEST(fluid_server, serves_exactly_what_was_asked) {
  std::mt19937_64 random(42);
  std::uniform_real_distribution<double> amount(1, 1e6), gap(0, 2e-6);
  for (int round = 0; round < 20; ++round) {
    const double rate = 1e12;
    fluid_server server(rate);
    std::map<std::uint64_t, double> start, size;
    std::vector<std::uint64_t> ended;
    femtoseconds now = 0;
    double backlog_end = 0, last_end = 0;
    for (std::uint64_t id = 0; id < 200; ++id) {
      const femtoseconds arrival = now + static_cast<femtoseconds>(gap(random) * 1e15);
      while (server.next() <= arrival) {
        now = server.next();
        ended.clear();
        server.advance(now, ended);
        for (const auto e : ended)
          EXPECT_GE(to_seconds(now) - start[e], size[e] / rate - 1e-14) << "faster than alone";
        last_end = to_seconds(now);
        if (server.size() == 0) {
          EXPECT_NEAR(last_end, backlog_end, 1e-12);
        }
      }
      now = arrival;
      start[id] = to_seconds(now);
      size[id] = amount(random);
      backlog_end = std::max(start[id], backlog_end) + size[id] / rate;
      server.add(now, id, size[id]);
    }
    for (const auto& [id, end] : drain(server))
      last_end = std::max(last_end, to_seconds(end));
    EXPECT_NEAR(last_end, backlog_end, 1e-12);
  }
}

} // namespace
} // namespace strata::base
