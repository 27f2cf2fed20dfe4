// SPDX-License-Identifier: Apache-2.0
// Speculative decoding in whole runs: what it gains and costs, and that reused steps agree with simulated ones.
#include "tests/serving/runs.hpp"

namespace strata::tests {
namespace {

cli::run_options speculating(std::uint32_t batch, std::uint32_t drafted, double acceptance) {
  cli::run_options o = batch_run("dgx_h100", "llama-3.1-70b", batch, 256, 64);
  o.weights = traffic::weight_formats::parse("fp8");
  o.speculate = drafted;
  o.acceptance = acceptance;
  return o;
}

SIM_TEST(speculation_run, a_perfect_drafter_gives_all_its_tokens_in_each_step) {
  const cli::run_result r = simulate(speculating(2, 3, 1));
  EXPECT_NEAR(r.speculation.outputs_per_step, 63.0 / 16, 1e-9); // 15 steps of four, one of three
  expect_audits(r);
}

SIM_TEST(speculation_run, a_useless_drafter_costs_its_drafts) {
  const cli::run_result r = simulate(speculating(2, 3, 0));
  EXPECT_EQ(r.speculation.outputs_per_step, 1);
  EXPECT_EQ(r.latency.output_tokens, 128u);
  expect_audits(r);
}

TEST(speculation_run, gains_by_what_is_accepted_and_loses_by_what_is_not) {
  const double plain = figures_of(speculating(2, 0, 0)).tpot, perfect = figures_of(speculating(2, 3, 1)).tpot,
               useless = figures_of(speculating(2, 3, 0)).tpot;
  EXPECT_LT(perfect, plain / 2.5); // at most four tokens a step
  EXPECT_GT(perfect, plain / 4);
  EXPECT_GT(useless, 1.05 * plain);
  EXPECT_LT(useless, 1.5 * plain);
}

TEST(speculation_run, reused_steps_agree_with_simulated_ones_within_one_per_cent) {
  cli::run_options o = conversation_run("dgx_h100", 24, 4);
  o.speculate = 4;
  o.acceptance = 0.6;
  expect_close(with(o, cli::fidelity::step), o, 0.01, 0.01);
}

} // namespace
} // namespace strata::tests
