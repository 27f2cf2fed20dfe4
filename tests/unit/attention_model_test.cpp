// SPDX-License-Identifier: Apache-2.0
// Attention kernels without the kernel: never faster than the roofline, waves of items, splits, windows, causal tiles,
// latent attention and chunks of prompts.
#include "models/core/tensor_policy.hpp"

#include <gtest/gtest.h>

namespace {

using namespace strata;
using core::command;
using core::data_type;

constexpr double item_s = 3e-6, dim_s = 10e-9;

core::core_config gpu() {
  core::core_config c;
  c.units = 100;
  c.clock = base::frequency::of(1e9);
  c.rate[unsigned(data_type::bf16)] = base::flop_rate::of(1000e12);
  c.rate[unsigned(data_type::fp8)] = base::flop_rate::of(2000e12);
  c.launch_latency = base::duration::of(2e-6);
  c.fill_latency = base::duration::of(0);
  c.matrix_efficiency = 0.5;
  c.attention.item_latency = base::duration::of(item_s);
  c.attention.item_latency_8bit = base::duration::of(1e-6);
  c.attention.item_latency_per_dim = base::duration::of(dim_s);
  c.attention.packed_residency = 1;
  c.unit_bandwidth = base::byte_rate::of(1e24); // no limit
  return c;
}

/// `queries` new tokens in each of `sequences` that then hold `context`; 32 heads on 8.
command attention(std::uint32_t sequences, std::uint32_t queries, std::uint32_t context, std::uint32_t window = 0) {
  command c{};
  c.op = core::opcode::attention;
  c.compute = data_type::bf16;
  c.flags = core::captured;
  c.m = sequences * queries;
  c.n = 32;
  c.k = 128;
  c.kv_heads = 8;
  c.batch = sequences;
  c.context = context;
  c.window = window;
  std::uint64_t pairs = 0;
  for (std::uint64_t key = context - queries + 1; key <= context; ++key)
    pairs += window ? std::min<std::uint64_t>(key, window) : key;
  c.work = sequences * pairs;
  const std::uint64_t keys = window ? std::min(context, window + queries - 1) : context;
  c.operand_count = 1;
  c.use[0] = core::operand_use::read;
  c.operands[0] = {0, 2 * 2 * sequences * keys * c.kv_heads * c.k};
  return c;
}

double engine_s(const core::core_config& config, const command& c) {
  return base::to_seconds(core::tensor_policy(config).plan(c, 1).engine.total());
}

TEST(attention, is_never_faster_than_the_matrix_engine) {
  const auto config = gpu();
  for (const std::uint32_t sequences : {1u, 7u, 300u})
    for (const std::uint32_t queries : {1u, 4u, 33u, 128u, 1000u})
      for (const std::uint32_t history : {0u, 1u, 129u, 5000u})
        for (const std::uint32_t window : {0u, 100u, 4096u})
          for (const bool latent : {false, true}) {
            command c = attention(sequences, queries, queries + history, window);
            if (latent) { // absorbed: all heads share one latent vector, whose greater part is the value
              c.kv_heads = 1;
              c.n = 128;
              c.k = 576;
              c.value_dim = 512;
            }
            const auto plan = core::tensor_policy(config).plan(c, 1);
            EXPECT_DOUBLE_EQ(plan.matrix_flop, 2.0 * double(c.work) * c.n * (latent ? 576 + 512 : 256));
            EXPECT_GE(base::to_seconds(plan.engine.total()) * (1 + 1e-9), plan.matrix_flop / config.flop_rate(c.compute))
                << sequences << " x " << queries << " behind " << history << ", window " << window << ", latent " << latent;
          }
}

TEST(attention, decode_runs_in_waves_of_items) {
  auto config = gpu();
  config.rate[unsigned(data_type::bf16)] = base::flop_rate::of(1e18); // items are then all latency
  const double chain = item_s + 128 * dim_s;
  EXPECT_NEAR(engine_s(config, attention(12, 1, 100)), chain, 1e-12);      // 96 items on 100 units
  EXPECT_NEAR(engine_s(config, attention(13, 1, 100)), 2 * chain, 1e-12);    // 104
  EXPECT_NEAR(engine_s(config, attention(100, 1, 100)), 8.5 * chain, 1e-12); // 800, which end unevenly
  config.attention.packed_residency = 2;
  EXPECT_NEAR(engine_s(config, attention(13, 1, 100)), chain, 1e-12);
}

TEST(attention, an_item_takes_its_keys_at_the_bandwidth_of_a_unit) {
  auto config = gpu();
  config.rate[unsigned(data_type::bf16)] = base::flop_rate::of(1e18);
  const command c = attention(1, 1, 100);
  const double without = engine_s(config, c);
  config.unit_bandwidth = base::byte_rate::of(100e9);
  EXPECT_NEAR(engine_s(config, c) - without, 100 * 256 * 2 / 100e9, 1e-12); // of one key head
}

TEST(attention, eight_bit_keys_have_kernels_of_their_own) {
  const auto config = gpu();
  command c = attention(1, 1, 100);
  c.compute = data_type::fp8;
  EXPECT_NEAR(engine_s(config, c), 1e-6 + 128 * dim_s, 1e-12);
}

TEST(attention, long_sequences_are_split_and_the_parts_combined) {
  auto config = gpu();
  config.attention.split_waves = 8;
  config.rate[unsigned(data_type::bf16)] = base::flop_rate::of(1e18);
  const double chain = item_s + 128 * dim_s;
  EXPECT_NEAR(engine_s(config, attention(1, 1, 255)), chain, 1e-12);             // one part of at least 128 keys
  EXPECT_NEAR(engine_s(config, attention(1, 1, 256)), chain + item_s, 1e-12);    // two, and their combination
  EXPECT_NEAR(engine_s(config, attention(1, 1, 8192)), 2 * chain + item_s, 1e-12);  // 64 pieces, tempered to 23: 184 items
  EXPECT_NEAR(engine_s(config, attention(40, 1, 8192)), 6.9 * chain + item_s, 1e-12); // two parts: 640 items in 8 waves
  // Without a rule the split of least time: unsplit, 8 units of 100 would do all the work.
  const auto least = gpu();
  const double unsplit = 2 * 256 * 64 * 1e6 / (1000e12 * 0.5 / 100);
  EXPECT_LT(engine_s(least, attention(1, 1, 1'000'000)), unsplit / 8);
}

TEST(attention, a_window_reads_less_but_its_empty_parts_are_not_free) {
  auto config = gpu();
  config.attention.split_waves = 8;
  config.rate[unsigned(data_type::bf16)] = base::flop_rate::of(1e18);
  const double short_s = engine_s(config, attention(20, 1, 128)), windowed_s = engine_s(config, attention(20, 1, 32768, 128));
  EXPECT_GT(windowed_s, short_s);
  EXPECT_LE(windowed_s, engine_s(config, attention(20, 1, 32768)));
}

TEST(attention, many_heads_on_one_key_head_outgrow_the_matrix_tile) {
  auto config = gpu();
  config.attention.packed_from = 2;
  command packed = attention(500, 1, 64), vector = packed;
  packed.kv_heads = 1;
  packed.n = 32;
  vector.kv_heads = 1;
  vector.n = 33; // one more runs on the vector engine, an item per query head
  EXPECT_GT(engine_s(config, vector), 10 * engine_s(config, packed));
  vector.n = vector.kv_heads = 8; // and so does a query head with keys of its own
  packed.n = 16;
  packed.kv_heads = 8;
  EXPECT_NE(engine_s(config, vector), engine_s(config, packed));
}

TEST(attention, causal_prompts_cost_half_of_a_square_and_a_diagonal) {
  const auto config = gpu();
  const command c = attention(1, 16384, 16384);
  const double useful = core::useful_flop(c) / (1000e12 * 0.5); // at the inner loop's rate
  const double softmax = double(c.work) * c.n / (16 * 1e9 * 100);
  const double engine = engine_s(config, c);
  const double chains = 32 * 128 * (item_s + 128 * dim_s) / 100;
  EXPECT_GT(engine, useful + softmax + chains);
  EXPECT_LT(engine, 1.05 * (useful + softmax) + chains);
}

TEST(attention, a_chunk_costs_what_it_adds_to_the_prompt) {
  const auto config = gpu();
  double chunks = 0;
  for (std::uint32_t context = 2048; context <= 16384; context += 2048)
    chunks += engine_s(config, attention(1, 2048, context));
  const double whole = engine_s(config, attention(1, 16384, 16384));
  EXPECT_GT(chunks, whole); // each chunk ends with a tail
  EXPECT_LT(chunks, 1.15 * whole);
}

TEST(attention, sequences_of_unequal_length_keep_their_pairs) {
  const auto config = gpu();
  command equal = attention(4, 4096, 4096), unequal = equal;
  unequal.work = attention(1, 8192, 8192).work + 3 * attention(1, 2731, 2731).work; // as many tokens
  EXPECT_GT(unequal.work, equal.work);
  EXPECT_GT(engine_s(config, unequal), engine_s(config, equal));
}

/// The last tokens of a long prompt and the first of the next: few heads, so that all tiles run at once.
TEST(attention, a_step_ends_with_its_longest_prompt) {
  auto config = gpu();
  config.units = 200;
  command tail = attention(1, 1920, 8064), next = attention(1, 128, 128), both = attention(2, 1024, 4096);
  for (command* c : {&tail, &both})
    c->n = c->kv_heads = 8;
  both.work = tail.work + next.work;
  EXPECT_NEAR(engine_s(config, both) / engine_s(config, tail), 1, 0.1);
}

TEST(attention, a_window_makes_long_prompts_linear) {
  const auto config = gpu();
  const double one = engine_s(config, attention(1, 8192, 8192, 1024)), two = engine_s(config, attention(1, 16384, 16384, 1024));
  EXPECT_NEAR(two / one, 2, 0.1);
}

TEST(attention, eight_bit_prompts_pad_heads_to_powers_of_two) {
  const auto config = gpu();
  command odd = attention(1, 4096, 4096), even = odd;
  odd.compute = even.compute = data_type::fp8;
  odd.k = 192;
  even.k = 256;
  EXPECT_EQ(engine_s(config, odd), engine_s(config, even));
  odd.value_dim = 128; // latent attention in a prompt: 192 for scores, 128 for values
  EXPECT_LT(engine_s(config, odd), engine_s(config, even));
}

TEST(attention, set_up_kernels_cost_a_launch_each) {
  auto config = gpu();
  config.attention.setup_kernels = 2;
  config.attention.prompt_setup_kernels = 3;
  const core::tensor_policy policy(config);
  EXPECT_NEAR(base::to_seconds(policy.plan(attention(1, 1, 100), 1).launch), 6e-6, 1e-15);
  EXPECT_NEAR(base::to_seconds(policy.plan(attention(1, 100, 100), 1).launch), 8e-6, 1e-15);
}

TEST(attention, rotation_folds_where_the_decode_kernel_does_it) {
  auto config = gpu();
  command rotary{};
  rotary.op = core::opcode::elementwise;
  rotary.compute = data_type::fp8;
  rotary.flags = core::captured | core::foldable;
  rotary.work = 1000;
  EXPECT_GT(core::tensor_policy(config).plan(rotary, 1).launch, 0u);
  config.attention.folds_rotary = true;
  EXPECT_EQ(core::tensor_policy(config).plan(rotary, 1).launch, 0u);
  EXPECT_EQ(core::tensor_policy(config).plan(rotary, 1).vector_flop, 1000);
  rotary.compute = data_type::bf16;
  EXPECT_GT(core::tensor_policy(config).plan(rotary, 1).launch, 0u);
}

} // namespace
