// SPDX-License-Identifier: Apache-2.0
// The host's work thread: cost of a step, first in first out, idle gaps.
#include "models/host/work_queue.hpp"

#include <gtest/gtest.h>

namespace {

using namespace strata;

constexpr base::femtoseconds us = 1'000'000'000;

TEST(work_queue, cost_is_overhead_plus_sequences_plus_tokens) {
  const host::work_queue q({base::duration::of(100e-6), base::duration::of(2e-6), base::duration::of(0.5e-6)});
  EXPECT_EQ(q.duration_of({0, 0, 0, 0}), 100 * us);
  EXPECT_EQ(q.duration_of({10, 6, 0, 0}), (100 + 20 + 3) * us);
}

TEST(work_queue, items_follow_one_another_without_a_gap_and_wait_for_none) {
  host::work_queue q({base::duration::of(10e-6), base::duration::of(1e-6), {}});
  EXPECT_EQ(q.next(), base::never);
  q.push(5 * us, {0, 0, 0, 1});
  q.push(7 * us, {5, 0, 0, 2});
  EXPECT_EQ(q.pending(), 2u);
  EXPECT_EQ(q.next(), 15 * us);
  EXPECT_EQ(q.pop().signal_value, 1u);
  EXPECT_EQ(q.next(), 30 * us); // 15 + 10 + 5 * 1
  EXPECT_EQ(q.pop().signal_value, 2u);
  EXPECT_EQ(q.next(), base::never);
  q.push(100 * us, {0, 0, 0, 3}); // after an idle gap
  EXPECT_EQ(q.next(), 110 * us);
}

} // namespace
