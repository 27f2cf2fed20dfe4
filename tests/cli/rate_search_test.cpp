// SPDX-License-Identifier: Apache-2.0
// The search for the highest rate: against known limits, how many runs it takes, and runs that are invented.
#include "sc_main/run/rate_search.hpp"

#include "models/base/diagnostic.hpp"

#include <gtest/gtest.h>

namespace strata::cli {
namespace {

TEST(rate_search, finds_a_limit_within_a_hundredth) {
  for (const double limit : {0.3, 1.0, 17.5, 42.0, 1000.0}) {
    unsigned runs = 0;
    const double found = highest_rate(20, [&](const std::vector<double>& rates) {
      std::vector<bool> kept;
      for (const double r : rates) {
        kept.push_back(r <= limit);
        ++runs;
      }
      return kept;
    });
    EXPECT_LE(found, limit);
    if (limit >= 1)
      EXPECT_GT(found * 1.0101, limit) << limit;
    else
      EXPECT_EQ(found, 0) << "below a 64th of the start";
    EXPECT_LT(runs, 40u) << limit;
  }
}

/// A server that keeps its latencies up to 30 requests/s, and does 40 where latency does not count.
run_result invented(const run_options& o) {
  run_result r;
  r.simulated_s = 10;
  r.latency.completed = o.scenario == traffic::scenario::offline ? 400 : static_cast<std::uint64_t>(o.rate * 10);
  class_result c;
  c.objectives = {2, 0.2};
  c.latency.ttft.p99 = o.rate > 30 ? 3 : 0.1;
  c.latency.tpot.p99 = 0.01;
  r.classes.push_back(c);
  return r;
}

TEST(rate_search, runs_find_the_rate_that_options_leave_open) {
  run_options o;
  o.scenario = traffic::scenario::server;
  o.rate = 7;
  const simulator simulate_one = [](const run_options& options, const progress_callback&) { return invented(options); };
  EXPECT_EQ(with_rate_found(o, simulate_one, 2).rate, 7) << "a rate is given";
  o.search_rate = true;
  const double one = with_rate_found(o, simulate_one, 1).rate, several = with_rate_found(o, simulate_one, 3).rate;
  EXPECT_LE(one, 30);
  EXPECT_GT(one, 29.7);
  EXPECT_EQ(one, several) << "processes at once decide nothing";
}

TEST(rate_search, says_what_is_wrong_with_the_runs) {
  run_options o;
  o.scenario = traffic::scenario::server;
  o.search_rate = true;
  EXPECT_THROW(with_rate_found(o, [](const run_options&, const progress_callback&) -> run_result { throw base::input_error({}, "x"); }, 1),
               base::input_error);
  EXPECT_THROW(with_rate_found(o, [](const run_options& p, const progress_callback&) {
                 run_result r = invented(p);
                 r.classes.front().latency.rejected = 1;
                 return r;
               }, 1),
               base::input_error) << "requests are rejected at any rate";
}

} // namespace
} // namespace strata::cli
