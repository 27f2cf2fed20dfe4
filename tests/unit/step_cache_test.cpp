// SPDX-License-Identifier: Apache-2.0
// The step cache over a simulation whose outcome is known: time as a line in tokens comes back at every size of step.
#include "traffic/steps/step_cache.hpp"

#include <gtest/gtest.h>

namespace strata::traffic {
namespace {

/// A prompt of `tokens` in one step.
step_shape prompt(std::uint32_t tokens) {
  step_shape s;
  s.prefill_tokens = tokens;
  s.prefill_pairs = s.prefill_window_pairs = std::uint64_t{tokens} * (tokens + 1) / 2;
  s.prefill_context = s.prefill_window_keys = s.prefill_kv[0] = tokens;
  s.prefill_sequences = s.sampled_tokens = 1;
  return s;
}

TEST(step_cache, time_linear_in_tokens_comes_back_at_every_size) {
  const auto simulate = [](const step_shape& s) {
    step_outcome o;
    o.latency_s = o.interval_s = 1e-6 * s.prefill_tokens;
    return o;
  };
  step_cache cache(simulate, simulate, 0);
  for (const std::uint32_t tokens : {1u, 100u, 8192u, 65535u, 65536u, 65600u, 196608u})
    EXPECT_NEAR(cache.lookup(prompt(tokens)).latency_s / (1e-6 * tokens), 1, 0.02) << tokens;
}

} // namespace
} // namespace strata::traffic
