// SPDX-License-Identifier: Apache-2.0
// Copies of one engine at step fidelity: those of one way follow each other, those of different ways share what they share.
#include "traffic/steps/step_executor.hpp"

#include <gtest/gtest.h>

namespace strata::traffic {
namespace {

constexpr std::int64_t ms = 1'000'000'000;

/// Copies take 1 us a token; while another way is in use, `slowdown` times as long.
std::vector<pool_costs> costs(double slowdown) {
  const auto simulate = [](const step_shape&) { return step_outcome{1e-3, 1e-3, 0, {1}}; };
  const auto alone = [](const kv_copy& c) { return step_outcome{1e-6 * double(c.tokens), 1e-6 * double(c.tokens), 0, {double(c.tokens)}}; };
  std::vector<pool_costs> all;
  all.push_back({step_cache(simulate, simulate, 0),
                 copy_costs(alone, [=](const kv_copy& c, unsigned count, const kv_copy& other) {
                   return count * alone(c).latency_s + (slowdown - 1) * alone(other).latency_s;
                 })});
  return all;
}

struct copy_at {
  std::int64_t at;
  unsigned from, to;
  std::uint64_t tokens;
};

/// When copies end that are given out in this order, ps; and what the meter counted.
std::vector<std::int64_t> ends(double slowdown, const std::vector<copy_at>& copies, double* counted = nullptr) {
  phase_account account({1});
  account.count_meters({1});
  step_executor out(costs(slowdown), 1, account);
  std::vector<std::int64_t> at(copies.size());
  const auto take = [&](std::int64_t now, std::int64_t until) {
    for (auto e = out.next(now, until); e; e = out.next(now, until))
      at[e->id] = now = e->at;
  };
  for (std::size_t i = 0; i < copies.size(); ++i) {
    take(i > 0 ? copies[i - 1].at : 0, copies[i].at);
    out.start(0, {i, copies[i].from, copies[i].to, copies[i].tokens}, phase::idle, copies[i].at);
  }
  take(copies.back().at, endless);
  if (counted)
    *counted = account.pools().front()[0].meters[0];
  return at;
}

using times = std::vector<std::int64_t>;

TEST(step_executor, copies_of_one_way_follow_each_other) {
  EXPECT_EQ(ends(2, {{0, 0, 1, 1000}, {0, 0, 1, 500}}), (times{ms, ms + ms / 2}));
}

TEST(step_executor, ways_that_share_nothing_do_not_wait) {
  EXPECT_EQ(ends(1, {{0, 0, 1, 1000}, {0, 2, 0, 1000}, {0, 1, 2, 500}}), (times{ms, ms, ms / 2}));
}

TEST(step_executor, ways_that_share_all_go_at_half_pace_while_both_are_in_use) {
  double counted = 0;
  EXPECT_EQ(ends(2, {{0, 0, 1, 1000}, {0, 2, 0, 500}}, &counted), (times{ms + ms / 2, ms}));
  EXPECT_EQ(counted, 1500);
  EXPECT_EQ(ends(2, {{0, 0, 1, 1000}, {ms / 2, 2, 0, 1000}}), (times{ms + ms / 2, 2 * ms})) << "the second one comes half-way";
  EXPECT_EQ(ends(2, {{0, 0, 1, 1000}, {0, 2, 0, 1000}, {0, 1, 2, 1000}}), (times{3 * ms, 3 * ms, 3 * ms})) << "a third each";
}

TEST(step_executor, what_waits_for_its_way_slows_nothing_down) {
  // 0.5 ms at half pace, then the second copy of the first way beside the rest of the other.
  EXPECT_EQ(ends(2, {{0, 0, 1, 250}, {0, 0, 1, 250}, {0, 2, 0, 500}}), (times{ms / 2, ms, ms}));
}

} // namespace
} // namespace strata::traffic
