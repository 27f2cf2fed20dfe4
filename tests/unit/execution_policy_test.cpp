// SPDX-License-Identifier: Apache-2.0
// Engine timing without the kernel: launches, native types, attention, hops on a wafer.
#include "models/core/tensor_policy.hpp"
#include "models/core/wafer_policy.hpp"

#include "models/base/diagnostic.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace {

using namespace strata;
using core::command;
using core::data_type;
using core::opcode;

core::core_config gpu() {
  core::core_config c;
  c.units = 100;
  c.rate[unsigned(data_type::bf16)] = base::flop_rate::of(100e12);
  c.matrix_efficiency = 1;
  c.unit_bandwidth = base::byte_rate::of(50e9);
  return c;
}

command gemm(std::uint32_t m, std::uint32_t n, std::uint32_t k) {
  command c{};
  c.op = opcode::gemm;
  c.compute = data_type::bf16;
  c.flags = core::captured;
  c.m = m;
  c.n = n;
  c.k = k;
  return c;
}

double seconds(base::femtoseconds t) { return base::to_seconds(t); }

TEST(tensor_policy, dependent_launch_hides_part_of_a_gemms_launch) {
  auto config = gpu();
  config.launch_latency = base::duration::of(3e-6);
  config.launch_overlap = base::duration::of(1e-6);
  const core::tensor_policy policy(config);
  EXPECT_NEAR(seconds(policy.plan(gemm(1, 256, 256), 1).launch), 2e-6, 1e-12);
  command other{};
  other.op = opcode::elementwise;
  other.flags = core::captured;
  EXPECT_NEAR(seconds(policy.plan(other, 1).launch), 3e-6, 1e-12);
}

TEST(tensor_policy, unsupported_type_runs_at_the_next_wider_rate) {
  const auto config = gpu();
  const core::tensor_policy policy(config);
  command narrow = gemm(1280, 1280, 4096);
  narrow.compute = data_type::fp8;
  EXPECT_EQ(config.native(data_type::fp8), data_type::bf16);
  core::core_config integer = config;
  integer.rate[unsigned(data_type::int8)] = base::flop_rate::of(200e12);
  EXPECT_EQ(integer.native(data_type::fp8), data_type::bf16) << "an integer engine has no exponents";
  EXPECT_EQ(integer.native(data_type::int4), data_type::int8);
  EXPECT_NEAR(seconds(policy.plan(narrow, 1).engine.total()), seconds(policy.plan(gemm(1280, 1280, 4096), 1).engine.total()), 1e-6);
}

core::core_config wafer() {
  core::core_config c;
  c.kind = core::architecture::wafer;
  c.units = 10'000;
  c.clock = base::frequency::of(1e9);
  c.rate[unsigned(data_type::fp16)] = base::flop_rate::of(10'000 * 16e9); // 8 multiply-adds per core and cycle
  c.matrix_efficiency = 1;
  c.ramp_cycles = 2;
  c.max_lanes = 100;
  return c;
}

/// Cycles of a plan's part at the test's 1 GHz.
double cycles(base::femtoseconds t) { return std::round(seconds(t) * 1e9); }

TEST(wafer_policy, lanes_are_rectangles_of_the_mesh) {
  auto config = wafer();
  EXPECT_EQ(core::wafer_policy(config).region_of(1).width, 100u);
  EXPECT_EQ(core::wafer_policy(config).region_of(1).height, 100u);
  config.columns = 50; // 50 x 200
  const auto strips = core::wafer_policy(config).region_of(4), grid = core::wafer_policy(config).region_of(16);
  EXPECT_EQ(strips.width, 50u); // four of 50 x 50 rather than 25 x 100
  EXPECT_EQ(strips.height, 50u);
  EXPECT_EQ(grid.width, 25u);
  EXPECT_EQ(grid.height, 25u);
}

TEST(wafer_policy, regions_never_hold_more_cores_than_there_are) {
  auto config = wafer();
  for (const unsigned columns : {0u, 1u, 37u, 100u})
    for (unsigned lanes = 1; lanes <= 100; ++lanes) {
      config.columns = columns;
      EXPECT_LE(lanes * core::wafer_policy(config).region_of(lanes).cores(), 10'000) << columns << ", " << lanes;
    }
}

/// Up and down the ramp and a cycle of the core: 5 cycles a message; one word a cycle; one cycle a hop.
TEST(wafer_policy, a_command_runs_on_the_rectangle_that_it_names) {
  const auto config = wafer();
  const core::wafer_policy policy(config);
  command c = gemm(1, 4096, 4096);
  c.width = 25;
  c.height = 50;
  const auto named = policy.plan(c, 1);
  EXPECT_EQ(named.engine[core::time_part::broadcast], base::time_for(static_cast<double>(policy.broadcast(50, 82).cycles), config.clock.value()));
  EXPECT_DOUBLE_EQ(named.share, 25.0 * 50 / config.units);
  command hand_over{};
  hand_over.op = opcode::copy;
  hand_over.operand_count = 1;
  hand_over.operands[0] = {0, 4000};
  hand_over.width = hand_over.height = 10;
  hand_over.hops = 70;
  hand_over.n = 20;
  EXPECT_EQ(policy.plan(hand_over, 1).engine.total(), base::time_for(70 + 1000 / 20, config.clock.value()));
  EXPECT_DOUBLE_EQ(policy.plan(hand_over, 1).fabric_byte_hops, 70 * 4000);
  EXPECT_DOUBLE_EQ(policy.plan(hand_over, 1).fabric_bytes, 4000);
}

TEST(wafer_policy, dead_cores_take_cores_and_lengthen_lines) {
  auto config = wafer();
  const core::wafer_policy perfect(config);
  config.defects.dead_share = 0.05;
  config.defects.spare_columns = 10;
  const core::wafer_policy worn(config);
  const core::mesh_region whole = worn.region_of(1);
  EXPECT_LE(whole.width, 100u);
  EXPECT_LE(whole.height, 100u);
  EXPECT_GE(whole.cores(), 0.9 * 10'000) << "spares replace most of them";
  command c = gemm(1, 4096, 4096);
  c.x = 10;
  c.y = 30;
  c.width = 40;
  c.height = 50;
  const auto straight = perfect.plan(c, 1), detours = worn.plan(c, 1);
  const core::region_lines& lines = worn.mesh().lines({40, 50, 10, 30});
  EXPECT_GT(lines.columns.sharing, 1u);
  ASSERT_EQ(lines.columns.positions.size(), 50u);
  // k / width words of 32 bits in turn for the columns that share a link, over the longest column.
  const double broadcast = 4096.0 / 40 / 2 * lines.columns.sharing + lines.columns.positions.back() + 5;
  EXPECT_NEAR(base::to_seconds(detours.engine[core::time_part::broadcast]) * config.clock.value(), broadcast, lines.columns.sharing);
  EXPECT_GT(detours.engine[core::time_part::reduce], straight.engine[core::time_part::reduce]);
  EXPECT_EQ(detours.engine[core::time_part::mma], straight.engine[core::time_part::mma]);
  EXPECT_GT(detours.fabric_byte_hops, straight.fabric_byte_hops);
  EXPECT_EQ(detours.fabric_bytes, straight.fabric_bytes);
  c.x = static_cast<std::uint16_t>(whole.width - 39);
  EXPECT_THROW(worn.plan(c, 1), base::input_error);
}

TEST(wafer_policy, fabric_times_follow_hand_formulas) {
  const auto config = wafer();
  const core::wafer_policy policy(config);
  EXPECT_EQ(policy.broadcast(100, 30).cycles, 30u + 99 + 5);
  EXPECT_EQ(policy.reduce(2, 30).cycles, 30u + 1 + 5);  // one neighbour
  EXPECT_EQ(policy.reduce(100, 1).cycles, 1u + 99 + 5); // a star: words arrive one behind the other
  EXPECT_LT(policy.reduce(100, 30).cycles, 2 * 30u + 99 + 5 * 20); // better than the fixed two-phase tree
  EXPECT_GE(policy.reduce(100, 30).cycles, 30u + 99 + 5);
  EXPECT_EQ(policy.reduce(1, 30).cycles, 0u);
}

TEST(wafer_policy, gemv_is_broadcast_compute_reduce) {
  const auto config = wafer();
  const core::wafer_policy policy(config);
  const auto plan = policy.plan(gemm(1, 4000, 2000), 1); // 100 x 100 cores: slices of 20 x 40
  EXPECT_EQ(cycles(plan.engine[core::time_part::broadcast]), 10 + 99 + 5);        // 20 activations of 16 bits
  EXPECT_EQ(cycles(plan.engine[core::time_part::reduce]), static_cast<double>(policy.reduce(100, 40).cycles));
  EXPECT_EQ(cycles(plan.engine[core::time_part::mma]), std::ceil(20 * 40 / 8.0));
}

TEST(wafer_policy, gemv_lies_on_its_region_in_two_dimensions) {
  auto config = wafer();
  config.columns = 50; // 50 x 200
  const core::wafer_policy policy(config);
  const auto plan = policy.plan(gemm(1, 4000, 2000), 1); // slices of 40 along K and 20 along N
  EXPECT_EQ(cycles(plan.engine[core::time_part::broadcast]), 20 + 199 + 5);
  EXPECT_EQ(cycles(plan.engine[core::time_part::reduce]), static_cast<double>(policy.reduce(50, 20).cycles));
}

TEST(wafer_policy, further_tokens_follow_at_the_busiest_resource) {
  const auto config = wafer();
  const core::wafer_policy policy(config);
  const double one = seconds(policy.plan(gemm(1, 4000, 2000), 1).engine.total());
  const double thousand = seconds(policy.plan(gemm(1001, 4000, 2000), 1).engine.total());
  EXPECT_NEAR(thousand - one, 1000 * 100e-9, 700e-9); // 100 compute cycles a token; the chain is longer, once
}

TEST(wafer_policy, many_sums_take_the_chain_which_loads_each_link_once) {
  const auto config = wafer();
  const core::wafer_policy policy(config);
  EXPECT_EQ(policy.reduce(100, 40, 1e6).busiest, 40u);
  EXPECT_GT(policy.reduce(100, 40).busiest, 40u);
}

/// 8 heads over 100 rows: 12 rows a head, 11 of 128 elements each; 1000 positions over 100 columns.
TEST(wafer_policy, attention_is_queries_out_scores_soft_max_and_sums_back) {
  const auto config = wafer();
  const core::wafer_policy policy(config);
  command c{};
  c.op = opcode::attention;
  c.compute = data_type::bf16;
  c.m = 1;
  c.n = 32;
  c.kv_heads = 8;
  c.k = 128;
  c.work = 1000;
  const auto plan = policy.plan(c, 1);
  const auto bc = [&](unsigned cores, unsigned words) { return double(policy.broadcast(cores, words).cycles); };
  const auto sum = [&](unsigned cores, unsigned words) { return double(policy.reduce(cores, words).cycles); };
  EXPECT_EQ(cycles(plan.engine[core::time_part::broadcast]), bc(100, 4 * 11 / 2) + bc(100, 8) + bc(12, 40 / 2));
  EXPECT_EQ(cycles(plan.engine[core::time_part::reduce]), sum(12, 40) + sum(100, 8) + sum(100, 4 * 11));
}

TEST(wafer_policy, attention_of_a_longer_context_takes_longer) {
  const auto config = wafer();
  const core::wafer_policy policy(config);
  command c{};
  c.op = opcode::attention;
  c.compute = data_type::bf16;
  c.m = 1;
  c.n = 32;
  c.kv_heads = 8;
  c.k = 128;
  base::femtoseconds last = 0;
  for (c.work = 100; c.work < 200'000; c.work *= 4) {
    EXPECT_GE(policy.plan(c, 1).engine.total(), last) << c.work;
    last = policy.plan(c, 1).engine.total();
  }
}

TEST(wafer_policy, smaller_regions_are_closer_but_slower) {
  const auto config = wafer();
  const core::wafer_policy policy(config);
  const auto whole = policy.plan(gemm(1, 400, 400), 1), part = policy.plan(gemm(1, 400, 400), 25);
  EXPECT_LT(part.engine.total(), whole.engine.total()); // 20 hops instead of 100, with little to compute
  const auto big_whole = policy.plan(gemm(64, 16000, 16000), 1), big_part = policy.plan(gemm(64, 16000, 16000), 25);
  EXPECT_GT(big_part.engine.total(), 20 * big_whole.engine.total());
}

} // namespace
