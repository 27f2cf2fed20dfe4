// SPDX-License-Identifier: Apache-2.0
// Context-parallel sets as runs: audits, one rank standing for all, steps reused, sets over nodes, blocks that come back from
// stores.
#include "tests/serving/tier_runs.hpp"

namespace strata::tests {
namespace {

cli::run_options sets_run(const std::string& platform, const std::string& model, unsigned sets, std::uint32_t batch) {
  cli::run_options o = batch_run(platform, model, batch, 6000, 12);
  o.weights = traffic::weight_formats::parse("fp8");
  o.context_parallel = sets;
  o.step_tokens = 4096;
  return o;
}

TEST(context_parallel, one_rank_stands_for_all) {
  for (const unsigned sets : {2u, 8u}) {
    cli::run_options all = sets_run("dgx_h100", "llama-3.1-8b", sets, 6);
    all.no_symmetry = true;
    expect_close(sets_run("dgx_h100", "llama-3.1-8b", sets, 6), all, 0.01, 0.01);
  }
}

TEST(context_parallel, experts_over_all_sets_and_latent_keys) {
  cli::run_options folded = sets_run("dgx_b200", "deepseek-v3", 4, 4);
  folded.expert_parallel = true;
  folded.output = 4;
  cli::run_options all = folded;
  all.no_symmetry = true;
  expect_close(folded, all, 0.01, 0.01);
}

/// Prompts as long as sets are for: of 2,000 tokens a set the grid's TPOT is 1.1 % short.
TEST(context_parallel, step_agrees_with_stream_within_one_per_cent) {
  for (const char* model : {"llama-3.1-70b", "gpt-oss-120b"}) {
    cli::run_options o = sets_run("dgx_h100", model, 2, 6);
    o.prompt = 16000;
    o.output = 24;
    o.step_tokens = 8192;
    expect_close(with(o, cli::fidelity::step), o, 0.01, 0.01);
  }
}

TEST(context_parallel, parts_of_the_same_heads_keys_folded_and_in_full) {
  cli::run_options folded = sets_run("dgx_b200", "deepseek-v3", 1, 4);
  folded.decode_context_parallel = 4;
  cli::run_options all = folded;
  all.no_symmetry = true;
  expect_close(folded, all, 0.01, 0.01);
}

TEST(context_parallel, sets_over_nodes_halve_a_long_prompt) {
  const auto run = [](unsigned nodes, unsigned sets) {
    cli::run_options o = sets_run("h100_rails", "llama-3.1-70b", sets, 1);
    o.set = {"sizes.nodes=" + std::to_string(nodes), "sizes.gpus=" + std::to_string(8 * nodes)};
    o.prompt = o.step_tokens = 65536;
    o.output = 2;
    o.fidelity = cli::fidelity::step;
    return figures_of(o);
  };
  const run_figures one = run(1, 1), tensor = run(2, 1), two = run(2, 2);
  for (const run_figures& f : {one, tensor, two})
    EXPECT_TRUE(f.audited);
  EXPECT_LT(two.ttft, 0.56 * one.ttft);
  EXPECT_GT(two.ttft, 0.5 * one.ttft);
  EXPECT_LT(two.ttft, tensor.ttft) << "sums over the network";
}

TEST(context_parallel, blocks_come_back_from_stores_to_the_sets_that_had_them) {
  const turns_file trace({12, 3, 500, 4, 2, 8});
  cli::run_options o = tiers_run(trace.path(), cli::fidelity::stream, "dram[*],ssd[*]");
  o.set.push_back("sizes.gpus=2");
  o.context_parallel = 2;
  cli::run_options all = o;
  all.no_symmetry = true;
  expect_close(o, all, 0.01, 0.01);
}

TEST(context_parallel, sets_that_compute_prompts_hand_over_to_ranks_that_decode) {
  cli::run_options o = sets_run("dgx_h100_pd", "llama-3.1-8b", 2, 6);
  o.set = {"sizes.gpus=4"};
  o.prompt = 16000;
  o.step_tokens = 8192;
  cli::run_options all = o;
  all.no_symmetry = true;
  expect_close(o, all, 0.01, 0.01);
  expect_close(with(o, cli::fidelity::step), o, 0.01, 0.01);
}

} // namespace
} // namespace strata::tests
