// SPDX-License-Identifier: Apache-2.0
// A wafer that streams its weights: a pass takes what they take over the link, whatever is resident comes off.
#include "tests/serving/runs.hpp"

#include "traffic/llm_config.hpp"

namespace {

using namespace strata;
using namespace strata::tests;

double pass_s(unsigned resident, cli::fidelity at = cli::fidelity::stream) {
  cli::run_options o = batch_run("cs3_memoryx", "llama-3.1-8b", 1, 8, 4);
  o.resident_layers = resident;
  o.fidelity = at;
  const cli::run_result r = simulate(o);
  expect_audits(r);
  return r.latency.tpot.mean;
}

/// Layers and head of the 8B model over 12 x 100 GbE with their packets' overhead.
double link_s(unsigned layers) {
  const auto model = traffic::load_llm("llama-3.1-8b", {STRATA_SOURCE_DIR "/traffic/models"});
  const double bytes = layers * model.layer_weight_bytes(0, {}) + model.embedding_bytes();
  return bytes / 150e9 * (4096 + 82) / 4096;
}

SIM_TEST(streaming, a_pass_takes_what_its_weights_take_over_the_link) {
  const double pass = pass_s(0);
  EXPECT_GT(pass, link_s(32));
  EXPECT_LT(pass, 1.005 * link_s(32)) << "the next layer arrives while one is computed";
}

void expect_pass_over_the_link(unsigned resident, cli::fidelity at) {
  const double pass = pass_s(resident, at), floor = link_s(32 - resident);
  EXPECT_GT(pass, floor);
  EXPECT_LT(pass, 1.02 * floor);
}

SIM_TEST(streaming, resident_layers_come_off) { expect_pass_over_the_link(24, cli::fidelity::stream); }

SIM_TEST(streaming, sampled_steps_know_resident_layers) { expect_pass_over_the_link(5, cli::fidelity::step); }

} // namespace
