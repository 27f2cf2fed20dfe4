// SPDX-License-Identifier: Apache-2.0
// What a run does while all places are taken, apart from its beginning and its end.
#include "tests/serving/runs.hpp"

namespace strata::tests {
namespace {

cli::run_options burst(std::uint32_t requests) {
  cli::run_options o;
  o.platform = "h100";
  o.model = "llama-3.1-8b";
  o.fidelity = cli::fidelity::step;
  o.generate = true;
  o.rate = 1e6; // all at once
  o.requests = requests;
  o.max_batch = 8;
  o.prompt_median = o.output_median = 64;
  return o;
}

double joules(const std::vector<cli::component_result>& components, double time_s) {
  double sum = 0;
  for (const cli::component_result& c : components) {
    sum += c.static_power_W * time_s * c.represents;
    for (const cli::meter_result& m : c.meters)
      sum += m.joules * c.port_represents * c.represents;
  }
  return sum;
}

SIM_TEST(full_load, is_faster_and_cheaper_a_token_than_the_whole_run) {
  const cli::run_result r = simulate(burst(64));
  expect_audits(r);
  ASSERT_TRUE(r.full_load);
  EXPECT_LT(r.full_load->time_s, r.simulated_s);
  EXPECT_LT(r.full_load->output_tokens, r.latency.output_tokens);
  const double rate = double(r.full_load->output_tokens) / r.full_load->time_s;
  EXPECT_GT(rate, 1.02 * r.latency.output_tokens_per_s) << "fewer and fewer places are taken at the end";
  const double all = joules(r.components, r.simulated_s);
  EXPECT_NEAR(all, r.energy_J, 1e-6 * all);
  const double full = joules(r.full_load->components, r.full_load->time_s);
  EXPECT_LT(full / double(r.full_load->output_tokens), all / double(r.latency.output_tokens));
  EXPECT_GT(full / all, 0.5 * double(r.full_load->output_tokens) / double(r.latency.output_tokens));
  // Eight sequences get a token each step.
  EXPECT_NEAR(8 / r.latency.gap.p50 / rate, 1, 0.15);
}

SIM_TEST(full_load, needs_requests_that_wait) { EXPECT_FALSE(simulate(burst(12)).full_load); }

} // namespace
} // namespace strata::tests
