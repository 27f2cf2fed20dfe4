// SPDX-License-Identifier: Apache-2.0
// Ranks that attend to sequences of their own and share the experts: shares of a step, room for KV, commands.
#include "platforms/elaborator.hpp"
#include "platforms/search_path.hpp"
#include "traffic/llm/llm_config.hpp"
#include "traffic/lowering/lowering.hpp"
#include "traffic/lowering/rank_share.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace strata::traffic {
namespace {

constexpr unsigned ranks = 8;

TEST(rank_share, sequences_are_dealt_out_and_the_fullest_rank_counts) {
  step_shape s;
  s.decode_sequences = 20;
  s.decode_context = 20'000;
  s.decode_kv[0] = 20'020;
  s.prefill_sequences = 1;
  s.prefill_tokens = 2000;
  s.prefill_pairs = 2'001'000;
  s.prefill_context = s.prefill_kv[0] = 2000;
  s.sampled_tokens = 21;
  const step_shape f = fullest_share(s, ranks);
  EXPECT_EQ(f.decode_sequences, 3u);
  EXPECT_EQ(f.decode_context, 3000u);
  EXPECT_EQ(f.decode_kv[0], 3003u);
  EXPECT_EQ(f.prefill_tokens, 250u);
  EXPECT_EQ(f.prefill_pairs, 250'125u);
  EXPECT_EQ(f.sampled_tokens, 4u);
  EXPECT_EQ(fullest_share(s, 1).decode_context, s.decode_context);
}

struct planned {
  explicit planned(bool data_attention, const std::string& name = "deepseek-v3")
      : checked(platforms::check(platforms::load_netlist(platforms::find_platform("dgx_b200")))),
        model(load_llm(name, {STRATA_SOURCE_DIR "/traffic/models"})) {
    plan_options options{true};
    options.data_attention = data_attention;
    plan = make_plan(checked.view, model, {weight_formats::parse("fp8"), {}}, options);
  }
  platforms::checked_platform checked;
  llm_architecture model;
  serving_plan plan;
};

TEST(data_attention, latent_kv_is_on_one_rank_instead_of_all) {
  const planned tensor(false), data(true);
  const device_placement &t = tensor.plan.devices.front(), &d = data.plan.devices.front();
  EXPECT_DOUBLE_EQ(d.kv_bytes_per_token, t.kv_bytes_per_token) << "the latent vector is whole wherever it is";
  EXPECT_EQ(data.plan.kv_capacity_tokens[0], ranks * static_cast<std::uint64_t>(d.kv_room[0] / d.kv_bytes_per_token));
  double whole = 2 * data.model.embedding_bytes(), experts = 0;
  for (unsigned i = 0; i < data.model.layers(); ++i) {
    experts += data.model.expert_bytes(i, data.plan.formats.weights);
    whole += data.model.layer_weight_bytes(i, data.plan.formats.weights) - data.model.expert_bytes(i, data.plan.formats.weights);
  }
  EXPECT_NEAR(d.weight_bytes / (whole + experts / ranks), 1, 1e-12);
  EXPECT_GT(d.weight_bytes, t.weight_bytes);
}

TEST(data_attention, ranks_exchange_tokens_with_experts_and_nothing_else) {
  const planned data(true);
  step_shape s;
  s.decode_sequences = s.sampled_tokens = 64;
  s.decode_context = 64 * 1000;
  s.decode_kv[0] = 64 * 1001;
  lowered_step out;
  lowering(data.plan).lower(s, 1, 0, out);
  ASSERT_EQ(out.used, 1u) << "one rank stands for all";
  unsigned exchanges = 0, sums = 0, attentions = 0;
  double sent = 0;
  for (const core::command& c : out.programs[0].commands) {
    if (c.op == core::opcode::all_to_all) {
      ++exchanges;
      sent += static_cast<double>(c.work);
    }
    sums += c.op == core::opcode::all_reduce;
    if (c.op == core::opcode::attention) {
      ++attentions;
      EXPECT_EQ(c.batch, 64u / ranks);
      EXPECT_EQ(c.n, data.model.layer(0).attention.heads) << "all heads";
      EXPECT_EQ(c.context, 1001u);
    }
  }
  EXPECT_EQ(sums, 0u);
  EXPECT_EQ(attentions, data.model.layers());
  const unsigned mixtures = data.model.layers() - 3;
  EXPECT_EQ(exchanges, 2 * mixtures);
  const double reached = ranks * (1 - std::pow(1 - 1.0 / ranks, 8)); // of 8 experts on 8 ranks
  EXPECT_NEAR(sent / (mixtures * 8.0 * reached * data.model.hidden * (1 + 2)), 1, 1e-4) << "8 tokens there in 8 bits, back in 16";
}

TEST(data_attention, its_limits_are_said) {
  EXPECT_THROW(planned(true, "llama-3.1-70b"), base::input_error) << "no experts";
  const auto stores = platforms::check(platforms::load_netlist(platforms::find_platform("dgx_h100_tiers")));
  const auto model = load_llm("qwen3-30b-a3b", {STRATA_SOURCE_DIR "/traffic/models"});
  plan_options options;
  options.data_attention = true;
  EXPECT_THROW(make_plan(stores.view, model, {weight_formats::parse("fp8"), {}}, options), base::input_error);
}

} // namespace
} // namespace strata::traffic
