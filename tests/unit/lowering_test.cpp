// SPDX-License-Identifier: Apache-2.0
// Steps as commands: what a step reads and computes against what the model's shape says, for every kind of layer.
#include "traffic/lowering/lowering.hpp"

#include "platforms/elaborator.hpp"
#include "platforms/search_path.hpp"
#include "traffic/llm/llm_config.hpp"
#include "traffic/lowering/layer_sample.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

namespace strata::traffic {
namespace {

const std::vector<std::string> bundled{STRATA_SOURCE_DIR "/traffic/models"};

struct lowered_model {
  explicit lowered_model(const std::string& name, const std::string& weights, bool whole_experts = false)
      : checked(platforms::check(platforms::load_netlist(platforms::find_platform("dgx_b200")))),
        model(load_llm(name, bundled)),
        plan(make_plan(checked.view, model, {weight_formats::parse(weights), {}}, {whole_experts})) {}

  lowered_step of(const step_shape& shape, const layer_range& layers = {}) const {
    lowered_step out;
    lowering(plan).lower(shape, 1, plan.platform->mailbox, out, layers);
    return out;
  }
  platforms::checked_platform checked;
  llm_architecture model;
  serving_plan plan;
};

/// `sequences` that each add a token to `context` ones.
step_shape decode(std::uint32_t sequences, std::uint64_t context, attention_window window = {}) {
  step_shape s;
  s.decode_sequences = s.sampled_tokens = sequences;
  s.decode_context = sequences * context;
  s.decode_window_keys = sequences * window.keys(context);
  s.decode_kv[0] = sequences * (context + 1);
  return s;
}

/// Weights that a token meets, and all.
double active_bytes(const lowered_model& l) {
  double sum = l.model.embedding_bytes();
  for (unsigned i = 0; i < l.model.layers(); ++i) {
    const layer_elements e = elements_of(l.model.layer(i), l.model.hidden);
    const ffn_shape& f = l.model.layer(i).ffn;
    const weight_formats& w = l.plan.formats.weights;
    sum += e.attention * w.attention.bytes() + e.ffn * w.ffn.bytes() + 2 * e.kept +
           (f.experts ? e.experts * w.experts.bytes() * f.active / f.experts : 0);
  }
  return sum;
}

/// Bytes that commands of `program` read from, or write to, memory `m`.
double moved(const lane_program& program, const memory_view& m, bool write) {
  double bytes = 0;
  for (const core::command& c : program.commands)
    for (unsigned i = 0; i < c.operand_count; ++i)
      if (c.operands[i].address >= m.bases[0] && c.operands[i].address < m.bases[0] + m.capacity &&
          (c.use[i] == core::operand_use::read) != write)
        bytes += static_cast<double>(c.operands[i].bytes);
  return bytes;
}

TEST(lowering, a_wafer_that_streams_fetches_every_weight_once_ahead_of_its_use) {
  const auto checked = platforms::check(platforms::load_netlist(platforms::find_platform("cs3_memoryx")));
  const auto model = load_llm("llama-3.1-8b", bundled);
  plan_options options;
  options.resident_layers = 5;
  const auto plan = make_plan(checked.view, model, {weight_formats::parse("bf16"), {}}, options);
  lowered_step out;
  lowering(plan).lower(decode(1, 100), 3, 0, out);
  ASSERT_EQ(out.used, 2u);
  const device_view& device = *out.programs[0].device;
  const double fetched = plan.devices[0].layer_offset.back() - plan.devices[0].layer_offset[5] + model.embedding_bytes();
  EXPECT_NEAR(moved(out.programs[1], device.memories[1], false), fetched, 1e3);
  EXPECT_NEAR(moved(out.programs[1], device.memories[0], true), fetched, 1e3);
  EXPECT_NEAR(moved(out.programs[0], device.memories[1], false), 2 * model.hidden, 1) << "a row of the embedding";

  // Both lanes run to their end, and no half of the buffer is written while it may be read.
  std::map<std::uint32_t, std::uint64_t> semaphore;
  std::size_t at[2] = {0, 0};
  unsigned fetched_pieces = 0, used_pieces = 0;
  for (bool moving = true; moving;) {
    moving = false;
    for (const unsigned lane : {1u, 0u})
      for (; at[lane] < out.programs[lane].commands.size(); ++at[lane], moving = true) {
        const core::command& c = out.programs[lane].commands[at[lane]];
        if (c.op == core::opcode::wait && semaphore[c.m] < c.work)
          break;
        if (c.op == core::opcode::signal && c.operands[0].address >= device.control)
          semaphore[static_cast<std::uint32_t>((c.operands[0].address - device.control - core::registers::semaphores) / 8)] = c.work;
        fetched_pieces += lane == 1 && c.op == core::opcode::copy;
        used_pieces += lane == 0 && c.op == core::opcode::signal && c.operands[0].address >= device.control;
        EXPECT_LE(fetched_pieces, used_pieces + 2);
      }
  }
  EXPECT_EQ(at[0], out.programs[0].commands.size());
  EXPECT_EQ(at[1], out.programs[1].commands.size());
  EXPECT_EQ(fetched_pieces, model.layers() - 5 + 1);
}

class every_kind : public testing::TestWithParam<std::pair<const char*, const char*>> {};

TEST_P(every_kind, of_layer_reads_the_weights_that_a_token_meets_and_computes_with_them_once) {
  const lowered_model l(GetParam().first, GetParam().second);
  const lowered_step one = l.of(decode(1, 0));
  // Low-rank projections and routers are read by all eight ranks.
  double unshared = 0;
  for (unsigned i = 0; i < l.model.layers(); ++i)
    unshared += 7 * l.model.unshared_bytes(i, l.plan.formats.weights);
  EXPECT_GE(one.bytes, 0.98 * active_bytes(l));
  EXPECT_LE(one.bytes, 1.02 * (active_bytes(l) + unshared));
  EXPECT_NEAR(one.flop / (2 * l.model.active_parameter_count()), 1, l.model.kinds[0].attention.latent ? 0.35 : 0.05) << "heads that ranks copy included";
}

TEST_P(every_kind, of_layer_reads_all_experts_for_many_tokens) {
  const lowered_model l(GetParam().first, GetParam().second);
  const double all = l.model.weight_bytes(l.plan.formats.weights) - l.model.embedding_bytes();
  const double kv = 4096.0 * 2 * l.model.kv_elements_per_token() * 2 * 8; // written and read, at most on every rank
  const lowered_step many = l.of(decode(4096, 0));
  EXPECT_GE(many.bytes, 0.95 * all);
  EXPECT_LE(many.bytes, 1.25 * all + kv);
}

step_outcome outcome_of(const lowered_step& s) {
  return {s.flop, s.flop, s.bound_s, {s.flop, s.bytes, double(s.programs.front().commands.size())}};
}

TEST_P(every_kind, of_layer_adds_as_much_as_its_repetitions_in_short_steps) {
  const lowered_model l(GetParam().first, GetParam().second);
  const step_shape shape = decode(16, 1000, l.model.window());
  const step_outcome all = outcome_of(l.of(shape));
  layer_sampler sampler(l.plan);
  ASSERT_TRUE(sampler.worthwhile());
  for (unsigned turn = 0; turn < l.model.layers(); ++turn) {
    const lowered_step few = l.of(shape, sampler.few()), more = l.of(shape, sampler.more());
    EXPECT_LE(few.programs.front().commands.size() + more.programs.front().commands.size(),
              l.of(shape).programs.front().commands.size());
    const step_outcome whole = sampler.whole(outcome_of(few), outcome_of(more));
    EXPECT_NEAR(whole.latency_s / all.latency_s, 1, 1e-9);
    EXPECT_LE(whole.bound_s, all.bound_s * (1 + 1e-9));
    for (std::size_t i = 0; i < all.meters.size(); ++i)
      EXPECT_NEAR(whole.meters[i] / all.meters[i], 1, 1e-9) << "meter " << i << ", turn " << turn;
  }
}

TEST(layer_sampler, goes_round_all_repeating_layers) {
  const lowered_model l("deepseek-v3", "fp8_block");
  layer_sampler sampler(l.plan);
  std::set<unsigned> seen;
  for (unsigned turn = 0; turn < 3 * l.model.layers(); ++turn) {
    const layer_range r = sampler.more();
    EXPECT_EQ(r.head, 3u) << "dense layers come first";
    for (unsigned i = 0; i < r.count; ++i)
      seen.insert(r.head + (r.from + i) % r.round);
  }
  EXPECT_EQ(seen.size(), l.model.layers() - 3);
}

TEST(layer_sampler, leaves_alone_stages_of_few_layers) {
  const auto checked = platforms::check(platforms::load_netlist(platforms::find_platform("cs3")));
  const llm_architecture model = load_llm("llama-3.1-8b", bundled);
  EXPECT_FALSE(layer_sampler(make_plan(checked.view, model, {})).worthwhile());
}

INSTANTIATE_TEST_SUITE_P(lowering, every_kind,
                         testing::Values(std::pair{"llama-3.1-70b", "fp8"}, std::pair{"gpt-oss-120b", "experts=mxfp4"},
                                         std::pair{"qwen3-235b-a22b", "bf16"}, std::pair{"llama-4-maverick", "fp8"},
                                         std::pair{"deepseek-v3", "fp8_block"}),
                         [](const auto& p) {
                           std::string name = p.param.first;
                           std::replace_if(name.begin(), name.end(), [](char c) { return !std::isalnum(static_cast<unsigned char>(c)); }, '_');
                           return name;
                         });

TEST(lowering, a_window_bounds_what_its_layers_read) {
  const lowered_model l("gpt-oss-120b", "experts=mxfp4");
  const attention_window window = l.model.window();
  const auto kv = [&](std::uint64_t context) {
    return l.of(decode(8, context, window)).bytes - l.of(decode(8, 0, window)).bytes;
  };
  const double full = 8 * 2.0 * l.model.kv_elements_per_token(); // bytes of a step of eight sequences per token of context
  EXPECT_NEAR(kv(100) / (100 * full), 1, 0.02);
  EXPECT_NEAR(kv(100'000) / (100'000 * full), 0.5, 0.01); // every second layer sees 128 tokens
}

TEST(lowering, whole_experts_cost_their_rank_about_its_share) {
  const lowered_model sliced("qwen3-235b-a22b", "fp8"), whole("qwen3-235b-a22b", "fp8", true);
  const double a = sliced.of(decode(256, 100)).bytes, b = whole.of(decode(256, 100)).bytes;
  EXPECT_NEAR(b / a, 1, 0.15);
  EXPECT_GT(whole.of(decode(1, 100)).bytes, sliced.of(decode(1, 100)).bytes) << "one rank has several of the eight experts";
}

const core::command& first(const lowered_step& step, core::opcode op) {
  const auto& all = step.programs[0].commands;
  return *std::find_if(all.begin(), all.end(), [op](const core::command& c) { return c.op == op; });
}
std::ptrdiff_t kernels(const lowered_step& step, core::opcode op) {
  const auto& all = step.programs[0].commands;
  return std::count_if(all.begin(), all.end(), [op](const core::command& c) { return c.op == op; });
}

TEST(lowering, fused_experts_see_the_rows_of_all_ranks_and_compute_their_own) {
  lowered_model l("qwen3-235b-a22b", "bf16", true);
  const lowered_step gathered = l.of(decode(256, 100));
  l.checked.view.fused_experts = true;
  const lowered_step fused = l.of(decode(256, 100));
  const core::command &a = first(gathered, core::opcode::grouped_gemm), &b = first(fused, core::opcode::grouped_gemm);
  EXPECT_EQ(a.m, b.m);
  EXPECT_EQ(b.tile_rows, 0u) << "tuned";
  const auto last = [](const core::command& c) { return c.operands[c.operand_count - 1].bytes; };
  EXPECT_EQ(last(b), 256u * 8 * 2 * 1536 * 2) << "every choice of every token";
  EXPECT_NEAR(double(last(a)), a.m * 2.0 * 1536 * 2, 2 * 1536 * 2);
  EXPECT_EQ(kernels(fused, core::opcode::elementwise), kernels(gathered, core::opcode::elementwise) + l.model.layers())
      << "two that sort for one that gathers";
}

TEST(lowering, untuned_tiles_depend_on_tokens_and_held_experts) {
  lowered_model l("qwen3-235b-a22b", "bf16", true), scaled("qwen3-235b-a22b", "fp8_block", true);
  for (lowered_model* m : {&l, &scaled}) {
    m->checked.view.fused_experts = true;
    m->checked.view.tuned_experts = false;
  }
  const auto tile = [](const lowered_model& m, unsigned tokens) {
    const lowered_step step = m.of(decode(tokens, 100));
    const core::command& c = first(step, core::opcode::grouped_gemm);
    return std::array<unsigned, 3>{c.tile_rows, c.tile_columns, c.tile_depth};
  };
  EXPECT_EQ(tile(l, 16), (std::array<unsigned, 3>{16, 32, 64})) << "128 experts on eight ranks";
  EXPECT_EQ(tile(l, 17), (std::array<unsigned, 3>{64, 64, 32}));
  EXPECT_EQ(tile(scaled, 1), (std::array<unsigned, 3>{64, 128, 128}));
}

TEST(lowering, values_scaled_by_blocks_are_quantised_by_kernels_of_their_own) {
  const lowered_model rows("qwen3-32b", "fp8"), blocks("qwen3-32b", "fp8_block");
  EXPECT_EQ(kernels(blocks.of(decode(8, 100)), core::opcode::elementwise),
            kernels(rows.of(decode(8, 100)), core::opcode::elementwise) + 3 * rows.model.layers())
      << "into queries, keys and values, into the gate, and out of it; attention's output has one anyway";
}

} // namespace
} // namespace strata::traffic
