// SPDX-License-Identifier: Apache-2.0
// What serving software does beside the model: kernels launched one by one, prompts in steps of their own.
#include "tests/serving/runs.hpp"

namespace strata::tests {
namespace {

constexpr double llama_8b_layers = 32;

run_figures launched_every(const std::string& gap) {
  cli::run_options o = batch_run("h100", "llama-3.1-8b", 1, 16, 8);
  o.set.push_back("host.kernel_launch=" + gap);
  return figures_of(o);
}

TEST(framework, a_short_prompt_takes_as_long_as_its_kernels_take_to_launch) {
  const run_figures none = launched_every("0 us"), slow = launched_every("100 us"), slower = launched_every("200 us");
  const double kernels = (slower.ttft - slow.ttft) / 100e-6;
  EXPECT_GE(kernels, 7 * llama_8b_layers); // four GEMMs, attention, norms, activation
  EXPECT_LE(kernels, 12 * llama_8b_layers);
  EXPECT_NEAR(slow.ttft, kernels * 100e-6, 0.05 * slow.ttft);
  EXPECT_NEAR(slow.tpot, none.tpot, 1e-9) << "decodes come from a graph";
}

TEST(framework, a_long_prompt_hides_its_launches) {
  cli::run_options o = batch_run("h100", "llama-3.1-8b", 1, 8192, 2);
  const double none = figures_of(o).ttft;
  o.set.push_back("host.kernel_launch=20 us");
  EXPECT_NEAR(figures_of(o).ttft, none, 0.005 * none);
}

TEST(framework, reused_steps_agree_with_simulated_ones_within_one_per_cent) {
  for (const char* framework : {"trtllm", "sglang"}) {
    cli::run_options o = conversation_run("dgx_h100", 24, 4);
    o.framework = framework;
    expect_close(with(o, cli::fidelity::step), o, 0.01, 0.01);
  }
}

} // namespace
} // namespace strata::tests
