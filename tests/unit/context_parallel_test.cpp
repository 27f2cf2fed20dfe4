// SPDX-License-Identifier: Apache-2.0
// Sets of ranks that share tokens and keys: weights and room for KV, what goes from set to set, work that all sets do together,
// and what is refused.
#include "platforms/elaborator.hpp"
#include "platforms/search_path.hpp"
#include "traffic/llm/llm_config.hpp"
#include "traffic/lowering/lowering.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <set>

namespace strata::traffic {
namespace {

using core::opcode;

struct planned {
  explicit planned(unsigned sets, const std::string& platform = "dgx_h200", const std::string& name = "llama-3.1-70b",
                   bool whole_experts = false, std::vector<std::string> set = {}, unsigned key_ranks = 1)
      : checked(platforms::check(platforms::load_netlist(platforms::find_platform(platform), overrides(set)), overrides(set))),
        model(load_llm(name, {STRATA_SOURCE_DIR "/traffic/models"})) {
    plan_options options;
    options.whole_experts = whole_experts;
    options.sets = sets;
    options.key_ranks = key_ranks;
    plan = make_plan(checked.view, model, {weight_formats::parse("fp8"), {}}, options);
  }
  static std::vector<platforms::parameter_override> overrides(const std::vector<std::string>& set) {
    std::vector<platforms::parameter_override> all;
    for (const std::string& s : set)
      all.push_back(platforms::parse_override(s));
    return all;
  }
  std::vector<core::command> commands(const step_shape& s) const { return lower(s).programs[0].commands; }
  lowered_step lower(const step_shape& s) const {
    lowered_step out;
    lowering(plan).lower(s, 1, 0, out);
    return out;
  }
  platforms::checked_platform checked;
  llm_architecture model;
  serving_plan plan;
};

/// One prompt's chunk of `tokens` behind `before` others.
step_shape chunk(std::uint64_t tokens, std::uint64_t before, attention_window window = {}) {
  step_shape s;
  s.prefill_sequences = 1;
  s.prefill_tokens = static_cast<std::uint32_t>(tokens);
  s.prefill_pairs = tokens * before + tokens * (tokens + 1) / 2;
  s.prefill_context = s.prefill_kv[0] = before + tokens;
  s.prefill_window_pairs = window.pairs(before, tokens);
  s.prefill_window_keys = window.span(before, tokens);
  return s;
}

step_shape decodes(std::uint32_t sequences, std::uint64_t context) {
  step_shape s;
  s.decode_sequences = s.sampled_tokens = sequences;
  s.decode_context = s.decode_window_keys = sequences * context;
  s.decode_kv[0] = sequences * (context + 1);
  return s;
}

double bytes_of(const std::vector<core::command>& commands, opcode op, unsigned group) {
  double sum = 0;
  for (const core::command& c : commands)
    sum += c.op == op && c.group == group ? static_cast<double>(c.work) : 0;
  return sum;
}

std::size_t count(const std::vector<core::command>& commands, opcode op) {
  return static_cast<std::size_t>(std::count_if(commands.begin(), commands.end(), [op](const core::command& c) { return c.op == op; }));
}

TEST(context_parallel, a_set_holds_all_weights_and_kv_is_spread_over_the_sets) {
  const planned two(2), half(1, "dgx_h200", "llama-3.1-70b", false, {"sizes.gpus=4"});
  const device_placement &d = two.plan.devices.front(), &h = half.plan.devices.front();
  EXPECT_DOUBLE_EQ(d.weight_bytes, h.weight_bytes);
  EXPECT_DOUBLE_EQ(d.kv_bytes_per_token, h.kv_bytes_per_token);
  EXPECT_EQ(two.plan.kv_capacity_tokens[0], 2 * half.plan.kv_capacity_tokens[0]);
}

TEST(context_parallel, latent_kv_that_all_tensor_ranks_hold_is_on_one_set) {
  const planned tensor(1, "dgx_b200", "deepseek-v3", true), apart(8, "dgx_b200", "deepseek-v3", true);
  EXPECT_DOUBLE_EQ(apart.plan.devices[0].kv_bytes_per_token, tensor.plan.devices[0].kv_bytes_per_token);
  EXPECT_GT(apart.plan.kv_capacity_tokens[0], 4 * tensor.plan.kv_capacity_tokens[0]);
  double experts = 0, others = 2 * apart.model.embedding_bytes();
  for (unsigned i = 0; i < apart.model.layers(); ++i) {
    experts += apart.model.expert_bytes(i, apart.plan.formats.weights);
    others += apart.model.layer_weight_bytes(i, apart.plan.formats.weights) - apart.model.expert_bytes(i, apart.plan.formats.weights);
  }
  EXPECT_NEAR(apart.plan.devices[0].weight_bytes / (others + experts / 8), 1, 1e-12) << "whole experts over all ranks, the rest on each set";
}

TEST(context_parallel, keys_go_round_beside_attention_where_they_are_fewer_bytes) {
  const planned p(4);
  const std::uint64_t tokens = 16384;
  const auto commands = p.commands(chunk(tokens, 0));
  const attention_shape& a = p.model.layer(0).attention;
  const unsigned layers = p.model.layers(), sets = 4, split = 2;
  const double keys = double(tokens) / sets * a.kv_heads / split * (a.head_dim + a.value_dim) * 2;
  EXPECT_EQ(count(commands, opcode::send_receive), layers * (sets - 1));
  EXPECT_DOUBLE_EQ(bytes_of(commands, opcode::send_receive, same_place_in_all_sets), layers * (sets - 1) * keys);
  EXPECT_EQ(count(commands, opcode::all_to_all), 0u);
  EXPECT_EQ(count(commands, opcode::attention), layers * sets);
  for (std::size_t i = 0; i + 1 < commands.size(); ++i)
    if (commands[i].op == opcode::send_receive) {
      EXPECT_TRUE(commands[i].flags & core::background);
      EXPECT_EQ(commands[i + 1].op, opcode::attention) << "to what is there";
    } else if (commands[i].op == opcode::attention) {
      EXPECT_EQ(commands[i].m, tokens / sets);
      EXPECT_EQ(commands[i].context, tokens / sets);
      EXPECT_THAT(commands[i + 1].op, testing::AnyOf(opcode::send_receive, opcode::wait, opcode::elementwise));
    }
}

TEST(context_parallel, queries_go_round_where_they_and_the_outputs_are_fewer_bytes) {
  const planned p(4);
  const attention_shape& a = p.model.layer(0).attention;
  const unsigned layers = p.model.layers(), sets = 4, heads = a.heads / 2;
  const std::uint64_t tokens = 1024;
  const double row = heads * (a.head_dim * 2. + a.value_dim * 2. + 4), key = 2. * a.kv_heads / 2 * (a.head_dim + a.value_dim);
  const auto turn = static_cast<std::uint64_t>(tokens * row / key); // keys that are as many bytes
  EXPECT_EQ(count(p.commands(chunk(tokens, turn - tokens - sets)), opcode::all_to_all), 0u);
  const auto commands = p.commands(chunk(tokens, turn - tokens + sets));
  EXPECT_EQ(count(commands, opcode::all_to_all), layers);
  EXPECT_DOUBLE_EQ(bytes_of(commands, opcode::send_receive, same_place_in_all_sets),
                   layers * (sets - 1) * double(tokens) / sets * heads * a.head_dim * 2);
  EXPECT_DOUBLE_EQ(bytes_of(commands, opcode::all_to_all, same_place_in_all_sets), layers * double(tokens) * heads * (a.value_dim * 2. + 4));
}

TEST(context_parallel, decodes_gather_queries_and_merge_partial_outputs) {
  const planned p(4);
  const attention_shape& a = p.model.layer(0).attention;
  const unsigned layers = p.model.layers(), heads = a.heads / 2;
  const auto commands = p.commands(decodes(6, 4000)); // two on the fullest set, and as many sent by the others
  EXPECT_DOUBLE_EQ(bytes_of(commands, opcode::all_gather, same_place_in_all_sets), layers * 8. * heads * a.head_dim * 2);
  EXPECT_DOUBLE_EQ(bytes_of(commands, opcode::all_to_all, same_place_in_all_sets), layers * 8. * heads * (a.value_dim * 2. + 4));
  for (const core::command& c : commands)
    if (c.op == opcode::attention) {
      EXPECT_EQ(c.m, 6u);
      EXPECT_EQ(c.batch, 6u);
      EXPECT_NEAR(c.context, 4001. / 4, 1);
      EXPECT_EQ(c.work, (6u * 4001 + 3) / 4);
    } else if (c.op == opcode::gemm) {
      EXPECT_EQ(c.m, 2u);
    }
}

TEST(context_parallel, only_the_keys_of_windows_pass) {
  const planned p(2, "dgx_h200", "gpt-oss-120b");
  const attention_window window = p.model.window();
  ASSERT_GT(window.tokens, 0u);
  const std::uint64_t tokens = 8192;
  unsigned windowed = 0;
  for (unsigned i = 0; i < p.model.layers(); ++i)
    windowed += p.model.layer(i).attention.window.tokens > 0;
  const double kv = p.plan.kv_bytes(p.model.layer(0).attention);
  double in_windows = 0, in_rings = 0;
  for (const core::command& c : p.commands(chunk(tokens, 0, window)))
    if (c.op == opcode::send_receive)
      (c.flags & core::background ? in_rings : in_windows) += static_cast<double>(c.work);
  EXPECT_DOUBLE_EQ(in_windows, windowed * 2. * window.tokens * kv) << "before the two pieces of a set";
  EXPECT_DOUBLE_EQ(in_rings, (p.model.layers() - windowed) * (tokens / 2.) * kv);
}

/// Commands of all sets together do the work of one.
TEST(context_parallel, sets_share_the_work_of_one) {
  for (const char* name : {"llama-3.1-70b", "gpt-oss-120b", "qwen3-235b-a22b"}) {
    const planned one(1, "dgx_h200", name, false, {"sizes.gpus=2"}), four(4, "dgx_h200", name);
    const attention_window window = one.model.window();
    for (const step_shape& s : {chunk(8192, 0, window), chunk(4096, 64000, window), chunk(512, 128000, window), decodes(64, 7999)})
      EXPECT_NEAR(four.lower(s).flop / one.lower(s).flop, 1, 2e-3) << name << ", " << s.tokens() << " tokens";
  }
}

TEST(context_parallel, sums_stay_in_a_set) {
  const planned in_node(2), over_nodes(2, "h100_rails"), half_nodes(8, "h100_rails");
  const auto groups = [](const planned& p) {
    std::set<unsigned> all;
    for (const core::command& c : p.commands(chunk(2048, 0)))
      if (c.op == opcode::all_reduce || c.op == opcode::reduce_scatter)
        all.insert(c.group);
    return all;
  };
  EXPECT_THAT(groups(in_node), testing::ElementsAre(ranks_of_a_block));
  EXPECT_THAT(groups(over_nodes), testing::ElementsAre(ranks_of_a_block, same_place_in_blocks_of_a_set));
  EXPECT_THAT(groups(half_nodes), testing::ElementsAre(ranks_of_a_block));
}

/// Ranks of each group, by device, as devices are told.
TEST(context_parallel, every_device_is_told_its_groups) {
  const planned p(8, "h100_rails"); // 32 ranks, nodes of 8, sets of 4
  const auto& devices = p.plan.platform->devices.front();
  ASSERT_EQ(devices.size(), 32u);
  std::map<std::pair<std::size_t, unsigned>, std::vector<std::uint64_t>> told; // device, group -> ranks, then the next one's inbox
  for (const register_write& w : form_groups(devices, p.plan.division(), 0, 0))
    for (std::size_t d = 0; d < devices.size(); ++d)
      if (w.address >= devices[d].control + core::registers::groups && w.address < devices[d].control + core::registers::queues) {
        core::group_header header;
        core::group_member next;
        std::memcpy(&header, w.data.data(), sizeof header);
        std::memcpy(&next, w.data.data() + sizeof header, sizeof next);
        told[{d, static_cast<unsigned>((w.address - devices[d].control - core::registers::groups) / core::registers::group_stride)}] =
            {header.ranks, next.inbox};
      }
  EXPECT_EQ(told.size(), 3 * devices.size());
  for (std::size_t d = 0; d < devices.size(); ++d) {
    EXPECT_EQ((told[{d, all_ranks}][0]), 32u);
    EXPECT_EQ((told[{d, ranks_of_a_block}]), (std::vector<std::uint64_t>{4, devices[d / 4 * 4 + (d + 1) % 4].inbox}));
    EXPECT_EQ((told[{d, same_place_in_all_sets}]), (std::vector<std::uint64_t>{8, devices[(d + 4) % 32].inbox}));
  }
}

TEST(context_parallel, a_million_tokens_fit_the_fields_of_commands) {
  const planned p(4, "h100_rails", "llama-3.1-405b");
  ASSERT_GT(std::uint64_t{1 << 18} * p.model.hidden, ~std::uint32_t{0});
  const std::uint64_t tokens = 1 << 20;
  const auto s = chunk(tokens, 0);
  double pairs = 0, embedded = 0;
  for (const core::command& c : p.commands(s)) {
    if (c.op == opcode::attention)
      pairs += static_cast<double>(c.work) * 4;
    if (embedded == 0 && c.op == opcode::elementwise)
      embedded = static_cast<double>(c.work);
  }
  EXPECT_NEAR(pairs / p.model.layers() / static_cast<double>(s.prefill_pairs), 1, 1e-6);
  EXPECT_DOUBLE_EQ(embedded, double(tokens) / 4 * p.model.hidden) << "more than 32 bits";
}

/// With `key_ranks` having parts of the same heads' keys.
planned in_parts(unsigned key_ranks, const std::string& platform, const std::string& model) {
  return planned(1, platform, model, false, {}, key_ranks);
}

TEST(decode_context_parallel, parts_instead_of_copies_hold_as_many_times_the_tokens) {
  const planned copies = in_parts(1, "dgx_h200", "deepseek-v3"), parts = in_parts(8, "dgx_h200", "deepseek-v3");
  EXPECT_DOUBLE_EQ(parts.plan.devices[0].weight_bytes, copies.plan.devices[0].weight_bytes);
  EXPECT_EQ(parts.plan.kv_capacity_tokens[0], 8 * copies.plan.kv_capacity_tokens[0]);
  EXPECT_EQ(copies_of_keys(parts.model, 8), 8u) << "latent";
  EXPECT_EQ(copies_of_keys(load_llm("qwen3-235b-a22b", {STRATA_SOURCE_DIR "/traffic/models"}), 8), 2u) << "of four heads";
}

TEST(decode_context_parallel, queries_of_all_who_share_keys_meet_a_part_of_them) {
  const planned one = in_parts(1, "dgx_h200", "qwen3-235b-a22b"), p = in_parts(2, "dgx_h200", "qwen3-235b-a22b");
  const attention_shape& a = p.model.layer(0).attention;
  const unsigned layers = p.model.layers(), heads = a.heads / 8;
  const step_shape s = decodes(6, 3999);
  const auto commands = p.commands(s);
  EXPECT_DOUBLE_EQ(bytes_of(commands, opcode::all_gather, ranks_of_the_same_keys), layers * 6. * 2 * heads * a.head_dim * 2);
  EXPECT_DOUBLE_EQ(bytes_of(commands, opcode::all_to_all, ranks_of_the_same_keys), layers * 6. * 2 * heads * (a.value_dim * 2. + 4));
  for (const core::command& c : commands)
    if (c.op == opcode::attention) {
      EXPECT_EQ(c.n, 2 * heads);
      EXPECT_EQ(c.m, 6u);
      EXPECT_EQ(c.context, 2000u);
    }
  EXPECT_DOUBLE_EQ(p.lower(s).flop, one.lower(s).flop);
  EXPECT_LT(p.lower(s).bytes, one.lower(s).bytes) << "half of the keys are read";
}

TEST(decode_context_parallel, prompts_gather_the_keys_before_them) {
  const planned p = in_parts(2, "dgx_h200", "qwen3-235b-a22b");
  EXPECT_EQ(count(p.commands(chunk(2048, 0)), opcode::all_gather), 0u) << "all who share keys have computed them";
  EXPECT_DOUBLE_EQ(bytes_of(p.commands(chunk(2048, 6000)), opcode::all_gather, ranks_of_the_same_keys),
                   p.model.layers() * 6000. * p.plan.kv_bytes(p.model.layer(0).attention));
}

TEST(context_parallel, what_cannot_be_is_refused) {
  const auto message = [](auto make) -> std::string {
    try {
      make();
    } catch (const base::input_error& e) {
      return e.what();
    }
    return "";
  };
  EXPECT_THAT(message([] { planned(3); }), testing::HasSubstr("expected a divisor of the ranks"));
  EXPECT_THAT(message([] { planned(16); }), testing::HasSubstr("expected a divisor of the ranks"));
  EXPECT_THAT(message([] { planned(1, "cs3", "llama-3.1-8b"); }), testing::IsEmpty());
  EXPECT_THAT(message([] { planned(2, "dgx_h200", "llama-3.1-405b"); }), testing::IsEmpty());
  EXPECT_THAT(message([] { planned(4, "dgx_h200", "llama-3.1-405b"); }), testing::HasSubstr("bytes short"));
  EXPECT_THAT(message([] { in_parts(2, "dgx_h200", "llama-3.1-70b"); }), testing::HasSubstr("expected a divisor of the 1 of 8 ranks"));
  EXPECT_THAT(message([] { planned(2, "dgx_h200", "deepseek-v3", true, {}, 2); }), testing::HasSubstr("expected one of them"));
}

} // namespace
} // namespace strata::traffic
