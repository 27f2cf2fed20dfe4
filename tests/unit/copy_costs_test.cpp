// SPDX-License-Identifier: Apache-2.0
// Costs of copies between simulated sizes.
#include "traffic/kv/copy_costs.hpp"

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

} // namespace
} // namespace strata::traffic
