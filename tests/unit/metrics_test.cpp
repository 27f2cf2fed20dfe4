// SPDX-License-Identifier: Apache-2.0
// Latency metrics against hand-computed ones.
#include "traffic/serving/metrics.hpp"

#include <gtest/gtest.h>

namespace strata::traffic {
namespace {

constexpr std::int64_t s = 1'000'000'000'000; // ps

latency_summary summarise(const std::vector<request_record>& records, double elapsed_s) {
  latency_account account;
  for (const request_record& r : records)
    account.add(r);
  return account.summary(elapsed_s);
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
  EXPECT_NEAR(l.ttft.p50, 2, 2 * quantile_sketch::relative_error);
  EXPECT_DOUBLE_EQ(l.tpot.mean, 0.75);
  EXPECT_NEAR(l.tpot.p50, 0.75, 0.75 * quantile_sketch::relative_error);
  EXPECT_NEAR(l.end_to_end.p50, 3, 3 * quantile_sketch::relative_error);
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
