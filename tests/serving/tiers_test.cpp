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

/// What reports show over time is what the tiers' figures say of the whole.
void expect_series_that_add_up(cli::fidelity fidelity) {
  const tests::turns_file trace;
  const cli::run_result r = tests::simulate(tests::tiers_run(trace.path(), fidelity, "dram[*],ssd[*]"));
  ASSERT_EQ(r.timeline.kv_cache.size(), r.kv_cache.size());
  const auto bytes = [&](const std::vector<double>& values) {
    double total = 0;
    for (std::size_t i = 0; i < values.size(); ++i)
      total += values[i] * std::min(r.timeline.bin_s, r.simulated_s - static_cast<double>(i) * r.timeline.bin_s);
    return total * r.model.kv_B_per_token;
  };
  std::vector<double> to(r.kv_cache.size(), 0.0), from = to;
  for (const cli::kv_way_series& w : r.timeline.kv_movements) {
    to[w.to] += bytes(w.values);
    from[w.from] += bytes(w.values);
  }
  EXPECT_GT(to[0], 0);
  for (std::size_t t = 1; t < r.kv_cache.size(); ++t) {
    EXPECT_NEAR(to[t], r.kv_cache[t].written_B, 1e-6 * r.kv_cache[t].written_B) << r.kv_cache[t].memory;
    EXPECT_NEAR(from[t], r.kv_cache[t].read_B, 1e-6 * r.kv_cache[t].read_B) << r.kv_cache[t].memory;
    EXPECT_NEAR(bytes(r.timeline.kv_cache[t].used), r.kv_cache[t].resident_B_s, 0.05 * r.kv_cache[t].resident_B_s) << "as of the ends of steps";
  }
}

SIM_TEST(tiers, series_add_up_to_what_was_moved) { expect_series_that_add_up(cli::fidelity::stream); }
SIM_TEST(tiers, series_add_up_at_step_fidelity) { expect_series_that_add_up(cli::fidelity::step); }

SIM_TEST(tiers, without_stores_prompts_are_computed_again) {
  const tests::turns_file trace;
  const cli::run_result r = tests::simulate(tests::tiers_run(trace.path(), cli::fidelity::stream, "none"));
  tests::expect_audits(r);
  EXPECT_EQ(r.kv_cache.size(), 1u);
  EXPECT_GT(r.prefixes.lost, 20u);
}

} // namespace
