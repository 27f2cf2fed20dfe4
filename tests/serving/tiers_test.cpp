// SPDX-License-Identifier: Apache-2.0
// KV that leaves the GPU for host memory, expander and drive and comes back: whole runs.
#include "tests/serving/tier_runs.hpp"

namespace {

using namespace strata;

SIM_TEST(tiers, kv_goes_down_and_comes_back) {
  const tests::turns_file trace;
  const cli::run_result r = tests::simulate(tests::tiers_run(trace.path(), cli::fidelity::stream, "dram[*],expander[*],ssd[*]"));
  tests::expect_audits(r);
  ASSERT_EQ(r.kv_cache.size(), 4u);
  std::uint64_t found = 0;
  for (const cli::kv_tier_result& t : r.kv_cache)
    found += t.found;
  // All blocks but those that a turn adds; the last of a turn is filled up by the next one and counts as held.
  EXPECT_EQ(found, 6u * (4 + 6));
  EXPECT_EQ(r.prefixes.lost, 0u);
  EXPECT_GT(r.kv_cache[3].found, 0u) << "the drive";
  EXPECT_GT(r.kv_cache[1].written_B, 0);
  EXPECT_EQ(r.recomputed_tokens, 0u);
}

SIM_TEST(tiers, without_stores_prompts_are_computed_again) {
  const tests::turns_file trace;
  const cli::run_result r = tests::simulate(tests::tiers_run(trace.path(), cli::fidelity::stream, "none"));
  tests::expect_audits(r);
  EXPECT_EQ(r.kv_cache.size(), 1u);
  EXPECT_GT(r.prefixes.lost, 20u);
}

} // namespace
