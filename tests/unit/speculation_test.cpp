// SPDX-License-Identifier: Apache-2.0
// Speculative decoding: how many drafted tokens are accepted, what drafting and verifying ask of the hardware, and who
// may draft for whom.
#include "traffic/lowering/lowering.hpp"

#include "models/base/diagnostic.hpp"
#include "platforms/elaborator.hpp"
#include "platforms/search_path.hpp"
#include "traffic/llm/llm_config.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace strata::traffic {
namespace {

llm_architecture bundled(const std::string& name) { return load_llm(name, {STRATA_SOURCE_DIR "/traffic/models"}); }

TEST(speculation, as_many_are_accepted_as_independent_trials_let_pass) {
  for (const double acceptance : {0.0, 0.3, 0.7, 0.9, 1.0})
    for (const std::uint32_t tokens : {1u, 3u, 8u}) {
      const speculation s{tokens, acceptance, 42};
      double sum = 0;
      constexpr unsigned requests = 400, positions = 100;
      for (unsigned r = 0; r < requests; ++r)
        for (unsigned p = 0; p < positions; ++p)
          sum += accepted_tokens(s, r, p);
      double expected = 0; // of a truncated geometric distribution
      for (unsigned i = 1; i <= tokens; ++i)
        expected += std::pow(acceptance, i);
      EXPECT_NEAR(sum / (requests * positions), expected, 0.02 * expected) << tokens << " at " << acceptance;
    }
}

TEST(speculation, another_seed_is_another_draw) {
  const speculation a{8, 0.8, 1}, b{8, 0.8, 2};
  unsigned different = 0;
  for (unsigned p = 0; p < 100; ++p)
    different += accepted_tokens(a, 7, p) != accepted_tokens(b, 7, p);
  EXPECT_GT(different, 50u);
}

struct drafting {
  drafting(const std::string& platform, const std::string& model_name, const llm_architecture* by = nullptr)
      : checked(platforms::check(platforms::load_netlist(platforms::find_platform(platform)))), model(bundled(model_name)),
        draft(by ? *by : draft_head(model)),
        plan(make_plan(checked.view, model, formats, {false, placement::square, 0, {&draft, by == nullptr}})) {}

  lowered_step step(std::uint32_t sequences, std::uint32_t queries, std::uint64_t context) const {
    step_shape s;
    s.decode_sequences = s.sampled_tokens = sequences;
    s.decode_queries = queries;
    s.decode_context = sequences * context;
    s.decode_window_keys = sequences * model.window().keys(static_cast<std::uint32_t>(context));
    s.decode_kv[0] = sequences * (context + queries);
    lowered_step out;
    lowering(plan).lower(s, 1, plan.platform->mailbox, out);
    return out;
  }

  tensor_formats formats{weight_formats::parse("fp8"), {}};
  platforms::checked_platform checked;
  llm_architecture model, draft;
  serving_plan plan;
};

TEST(speculation, verifying_reads_weights_once_and_drafting_reads_the_head_each_time) {
  const drafting d("dgx_h100", "llama-3.1-70b");
  const double plain = d.step(4, 1, 1000).bytes, three = d.step(4, 4, 1000).bytes;
  const double head = d.draft.layer_weight_bytes(0, d.formats.weights) + d.model.embedding_bytes();
  EXPECT_NEAR((three - plain) / (3 * head), 1, 0.05);
}

TEST(speculation, verifying_computes_with_every_token) {
  const drafting d("dgx_h100", "llama-3.1-70b");
  const double plain = d.step(4, 1, 1000).flop, three = d.step(4, 4, 1000).flop;
  const double head = 2 * (elements_of(d.draft.layer(0), d.draft.hidden).attention + elements_of(d.draft.layer(0), d.draft.hidden).ffn +
                           double(d.model.hidden) * d.model.vocab);
  // The head's first pass takes in all that was verified, but chooses one token for each sequence.
  const double drafts = 4 * (3 * head + 3 * (head - 2 * double(d.model.hidden) * d.model.vocab));
  EXPECT_NEAR(three / (4 * plain + drafts), 1, 0.02);
}

TEST(speculation, a_drafter_takes_its_share_of_the_memory) {
  const drafting d("dgx_h100", "llama-3.1-70b");
  const auto alone = make_plan(d.checked.view, d.model, d.formats);
  const auto capacity = [](const serving_plan& p) { return static_cast<double>(p.kv_capacity_tokens.front()); };
  const double weights = d.draft.layer_weight_bytes(0, d.formats.weights) / 8; // of a rank
  const double room = alone.devices[0].kv_room[0] - weights;
  EXPECT_NEAR(capacity(d.plan) / (room / (alone.devices[0].kv_bytes_per_token * 81 / 80)), 1, 1e-5);
}

TEST(speculation, a_model_drafts_with_all_its_layers_and_its_own_embedding) {
  const llm_architecture small = bundled("llama-3.1-8b");
  const drafting d("dgx_h100", "llama-3.1-70b", &small);
  const double plain = d.step(1, 1, 100).bytes, two = d.step(1, 3, 100).bytes;
  const double weights = small.weight_bytes(d.formats.weights) - small.embedding_bytes();
  EXPECT_NEAR((two - plain) / (2 * weights), 1, 0.05);
}

TEST(speculation, on_a_wafer_the_head_lies_with_the_lm_head) {
  const drafting d("cs3", "llama-3.1-8b");
  const pipeline_stage& last = d.plan.stages.back();
  ASSERT_TRUE(d.plan.draft);
  EXPECT_EQ(d.plan.draft->stages.front().region.cores(), last.region.cores());
  const auto alone = make_plan(d.checked.view, d.model, d.formats);
  EXPECT_GT(last.region.cores(), 1.05 * alone.stages.back().region.cores()) << "its weights take cores";
}

TEST(speculation, models_with_other_vocabularies_cannot_draft) {
  const llm_architecture other = bundled("qwen3-8b");
  try {
    drafting("dgx_h100", "llama-3.1-70b", &other);
    FAIL() << "accepted";
  } catch (const base::input_error& e) {
    EXPECT_THAT(e.what(), testing::HasSubstr("cannot draft for"));
    EXPECT_THAT(e.what(), testing::HasSubstr("vocabulary has 151936 tokens instead of 128256"));
  }
}

} // namespace
} // namespace strata::traffic
