// SPDX-License-Identifier: Apache-2.0
// The fidelity ladder and symmetry on whole runs: each rung against the one below, one element against all.
#include "tests/serving/tier_runs.hpp"

#include <unistd.h>

namespace {

using namespace strata;
using tests::batch_run;
using tests::conversation_run;
using tests::expect_close;
using tests::figures_of;
using tests::with;

struct workload {
  const char* name;
  cli::run_options options;
};

cli::run_options conversation_of(const std::string& platform, const std::string& model, const std::string& weights,
                                 std::uint64_t requests, double rate_scale) {
  cli::run_options o = conversation_run(platform, requests, rate_scale);
  o.model = model;
  o.weights = traffic::weight_formats::parse(weights);
  return o;
}

cli::run_options batch_of(const std::string& platform, const std::string& model, const std::string& weights, std::uint32_t batch) {
  cli::run_options o = batch_run(platform, model, batch, 700, 24);
  o.weights = traffic::weight_formats::parse(weights);
  return o;
}

cli::run_options closed_loop(cli::run_options o, std::uint32_t clients) {
  o.clients = clients;
  return o;
}

cli::run_options drawn_conversation(const std::string& platform, const std::string& model, const std::string& weights) {
  cli::run_options o = conversation_of(platform, model, weights, 256, 1);
  o.trace.clear();
  o.generate = true;
  o.rate = 8;
  o.prompt_median = 700;
  o.output_median = 50;
  return o;
}

/// Requests enough that one arriving a hair before or after a step starts does not decide the mean TTFT.
class step_fidelity : public testing::TestWithParam<workload> {};

TEST_P(step_fidelity, agrees_with_stream_within_one_per_cent) {
  const cli::run_options& o = GetParam().options;
  expect_close(with(o, cli::fidelity::step), with(o, cli::fidelity::stream), 0.01, 0.01);
}

INSTANTIATE_TEST_SUITE_P(
    ladder, step_fidelity,
    testing::Values(workload{"batch", batch_run("h100", "llama-3.1-8b", 24, 700, 40)},
                    workload{"closed_loop", closed_loop(batch_run("h100", "llama-3.1-8b", 24, 512, 64), 8)},
                    workload{"conversation", drawn_conversation("dgx_h100", "llama-3.1-70b", "fp8")},
                    workload{"busy_conversation", conversation_run("dgx_h100", 64, 200)},
                    workload{"windows", conversation_of("dgx_h100", "gpt-oss-120b", "experts=mxfp4", 48, 10)},
                    workload{"experts", drawn_conversation("dgx_b200", "qwen3-235b-a22b", "fp8")},
                    workload{"latent_attention", batch_of("dgx_b200", "deepseek-v3", "fp8_block", 24)},
                    workload{"pipeline", conversation_run("cs3_llama70b", 5, 20)},
                    workload{"slow_memory", conversation_run("agentic_dram", 8, 2)},
                    workload{"one_gpu_conversation", conversation_of("b200", "llama-3.1-8b", "fp8", 48, 4)}),
    [](const auto& p) { return std::string(p.param.name); });

TEST(ladder, copies_of_kv_at_step_agree_with_stream_within_one_per_cent) {
  const tests::turns_file trace;
  const auto o = tests::tiers_run(trace.path(), cli::fidelity::stream, "dram[*],expander[*],ssd[*]");
  expect_close(with(o, cli::fidelity::step), o, 0.01, 0.01);
}

/// Turns close to each other: copies, steps and what is handed over share links, memories and drives.
TEST(ladder, copies_beside_steps_and_hand_over_at_step_agree_with_stream_within_one_per_cent) {
  const tests::turns_file trace({16, 4, 150, 16, 4, 64});
  cli::run_options o = conversation_run("dgx_h100_pd", 0, 1);
  o.trace = trace.path();
  o.prefix_cache = true;
  o.set = {"gpu[*].core.memory_share=0.15", "dram[*].capacity=3 GB"};
  expect_close(with(o, cli::fidelity::step), o, 0.01, 0.01);
  o.platform = "dynamo_rack";
  o.set = {"gpu[*].core.memory_share=0.065", "dram[*].capacity=2 GB", "pool[*].capacity=3 GB"};
  expect_close(with(o, cli::fidelity::step), o, 0.01, 0.01);
}

/// One GPU whose copies keep a drive or an expander busy all the time, reads and writes at once.
TEST(ladder, copies_that_wait_for_each_other_agree_with_stream_within_three_per_cent) {
  const tests::turns_file trace;
  cli::run_options o = tests::tiers_run(trace.path(), cli::fidelity::stream, "dram[*],expander[*],ssd[*]");
  o.rate_scale = 20;
  expect_close(with(o, cli::fidelity::step), o, 0.03, 0.03);
  o.platform = "dgx_h100_pd";
  o.set = {"sizes.gpus=1", "gpu[*].core.memory_share=0.22", "dram[*].capacity=1 GB"};
  expect_close(with(o, cli::fidelity::step), o, 0.03, 0.03);
}

TEST(ladder, hand_over_between_pools_at_step_agrees_with_stream_within_one_per_cent) {
  cli::run_options o = conversation_run("dgx_h100_pd", 64, 10);
  expect_close(with(o, cli::fidelity::step), o, 0.01, 0.01);
  o.set = {"nic[*].lane_rate=3 Gb/s"}; // what is left after the last layer counts
  expect_close(with(o, cli::fidelity::step), o, 0.01, 0.01);
}

TEST(ladder, hand_over_from_gpus_to_wafers_at_step_agrees_with_stream_within_one_per_cent) {
  const cli::run_options o = conversation_of("dgx_h100_cs3", "llama-3.1-70b", "bf16", 4, 10);
  expect_close(with(o, cli::fidelity::step), o, 0.01, 0.01);
}

TEST(ladder, pools_in_full_agree_with_one_device_for_all) {
  cli::run_options o = conversation_run("dgx_h100_pd", 8, 10);
  o.set = {"sizes.gpus=2"};
  cli::run_options full = o;
  full.no_symmetry = true;
  expect_close(full, o, 0.01, 0.01);
}

TEST(replicas, twice_the_work_on_two_takes_as_long_and_twice_the_energy) {
  const auto one = with(batch_run("h100", "llama-3.1-8b", 8, 300, 12), cli::fidelity::step);
  cli::run_options two = one;
  two.batch = 16;
  two.replicas = 2;
  const auto x = figures_of(one), y = figures_of(two);
  EXPECT_DOUBLE_EQ(y.ttft, x.ttft);
  EXPECT_DOUBLE_EQ(y.tpot, x.tpot);
  EXPECT_DOUBLE_EQ(y.simulated, x.simulated);
  EXPECT_NEAR(y.energy / x.energy, 2, 1e-9);
  EXPECT_TRUE(y.audited);
}

TEST(replicas, pools_of_other_numbers_cost_what_their_nodes_do) {
  cli::run_options o = with(batch_run("dgx_h100_pd", "llama-3.1-8b", 8, 300, 12), cli::fidelity::step);
  const auto one = figures_of(o);
  o.prefill_replicas = 2;
  const auto prefill = figures_of(o);
  o.decode_replicas = 2;
  const auto both = figures_of(o);
  for (const auto& f : {one, prefill, both})
    EXPECT_TRUE(f.audited);
  EXPECT_LT(prefill.ttft, one.ttft) << "two prompts at a time";
  EXPECT_GT(prefill.energy / prefill.simulated, 1.2 * one.energy / one.simulated) << "idle power of a third node";
  EXPECT_GT(both.energy / both.simulated, 1.1 * prefill.energy / prefill.simulated);
}

TEST(ladder, stream_agrees_with_burst_within_two_per_cent) {
  cli::run_options o = batch_run("h100", "llama-3.1-8b", 4, 256, 4);
  expect_close(with(o, cli::fidelity::stream), with(o, cli::fidelity::burst), 0.02, 0.01);
  o = batch_run("agentic_dram", "llama-3.1-8b", 2, 64, 3);
  expect_close(with(o, cli::fidelity::stream), with(o, cli::fidelity::burst), 0.02, 0.01);
}

TEST(ladder, stream_agrees_with_burst_on_a_wafer_within_one_per_cent) {
  const cli::run_options o = batch_run("cs3_llama70b", "llama-3.1-70b", 1, 16, 3);
  expect_close(with(o, cli::fidelity::stream), with(o, cli::fidelity::burst), 0.01, 0.01);
}

TEST(ladder, runs_at_a_resolution_of_picoseconds_too) {
  const cli::run_options o = batch_run("h100", "llama-3.1-8b", 2, 64, 4);
  const auto fine = figures_of(o), coarse = figures_of(o, sc_core::SC_PS);
  EXPECT_NEAR(coarse.tpot / fine.tpot, 1, 1e-5);
  EXPECT_TRUE(coarse.audited);
}

TEST(what_if, half_the_memory_rate_slows_decode_by_less_than_twice) {
  cli::run_options base = batch_run("h100", "llama-3.1-8b", 1, 64, 8);
  cli::run_options slow = base;
  slow.set = {"gpu.hbm.bandwidth=1.675 TB/s"};
  const auto fast = figures_of(base), half = figures_of(slow);
  EXPECT_GT(half.tpot, 1.5 * fast.tpot);
  EXPECT_LT(half.tpot, 2.0 * fast.tpot);
}

TEST(real_trace, azure_conversation_on_dgx_h100) {
  const std::string trace = STRATA_SOURCE_DIR "/../shared/reference/traces/azure2023/AzureLLMInferenceTrace_conv.csv";
  if (access(trace.c_str(), R_OK) != 0)
    GTEST_SKIP() << "no reference data beside the source tree: " << trace;
  cli::run_options o = conversation_run("dgx_h100", 200, 1);
  o.trace = trace;
  o.fidelity = cli::fidelity::step;
  const auto figures = figures_of(o);
  EXPECT_TRUE(figures.audited);
  EXPECT_GT(figures.tpot, 1e-3);
  EXPECT_LT(figures.tpot, 0.1);
}

} // namespace
