// SPDX-License-Identifier: Apache-2.0
// A wafer that streams its weights: a pass takes what they take over the link, whatever is resident comes off.
#include "tests/serving/runs.hpp"

#include "traffic/llm/llm_config.hpp"

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

/// One stream of weights feeds four systems: each is as fast as one by itself, and MemoryX works and idles once.
SIM_TEST(streaming, swarmx_broadcasts_to_replicas) {
  cli::run_options o = batch_run("cs3_memoryx", "llama-3.1-8b", 4, 8, 4);
  o.fidelity = cli::fidelity::step;
  o.replicas = 4;
  const cli::run_result r = simulate(o);
  expect_audits(r);
  EXPECT_NEAR(r.latency.tpot.mean / link_s(32), 1, 0.01);
  EXPECT_NEAR(r.latency.output_tokens_per_s * r.latency.tpot.mean, 4, 0.1);
  ASSERT_EQ(r.kv_cache.size(), 2u);
  EXPECT_LE(r.kv_cache[1].capacity_B, 1.5e12) << "they have MemoryX's room together";
  for (const cli::component_result& c : r.components) {
    const bool once = c.path == "platform.memoryx" || c.path == "platform.store_link";
    EXPECT_EQ(c.represents, once ? 1u : 4u) << c.path;
  }
}

SIM_TEST(streaming, flash_behind_memoryx_keeps_up_with_the_link) {
  cli::run_options o = batch_run("cs3_swarm", "llama-3.1-8b", 1, 8, 4);
  o.set = {"memoryx.capacity=8 GB"}; // the other half of the weights lies in flash
  const cli::run_result r = simulate(o);
  expect_audits(r);
  EXPECT_NEAR(r.latency.tpot.mean / link_s(32), 1, 0.02);
  for (const cli::level_result& l : r.levels)
    if (l.level == "flash") {
      EXPECT_GT(l.bits / 8, 3 * 7e9) << "in each of three passes";
    }
}

SIM_TEST(streaming, sampled_steps_know_resident_layers) { expect_pass_over_the_link(5, cli::fidelity::step); }

} // namespace
