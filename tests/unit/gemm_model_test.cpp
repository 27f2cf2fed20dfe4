// SPDX-License-Identifier: Apache-2.0
// GEMM timing without the kernel: waves, operand bandwidth, stores, split K, block scales, power, experts.
#include "models/core/gemm_model.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace {

using namespace strata;
using core::command;
using core::data_type;
using core::opcode;

/// 100 units of 1 TFLOPS with ample bandwidth: what a test does not ask about costs nothing.
core::core_config gpu() {
  core::core_config c;
  c.units = 100;
  c.rate[unsigned(data_type::bf16)] = base::flop_rate::of(100e12);
  c.rate[unsigned(data_type::fp8)] = base::flop_rate::of(200e12);
  c.rate[unsigned(data_type::fp4)] = base::flop_rate::of(400e12);
  c.matrix_efficiency = 1;
  c.unit_bandwidth = base::byte_rate::of(1e15);
  c.cache_bandwidth = base::byte_rate::of(1e18);
  c.store_bandwidth = base::byte_rate::of(1e18);
  return c;
}

command gemm(std::uint32_t m, std::uint32_t n, std::uint32_t k, data_type type = data_type::bf16) {
  command c{};
  c.op = opcode::gemm;
  c.compute = type;
  c.flags = core::captured;
  c.m = m;
  c.n = n;
  c.k = k;
  return c;
}

command experts(std::uint32_t m, std::uint32_t count, std::uint64_t fullest) {
  command c = gemm(m, 4096, 4096);
  c.op = opcode::grouped_gemm;
  c.batch = count;
  c.work = fullest;
  return c;
}

core::execution_plan planned(const core::core_config& config, const command& c) {
  core::execution_plan p;
  core::gemm_model(config).plan(c, p);
  return p;
}
double engine_s(const core::core_config& config, const command& c) { return base::to_seconds(planned(config, c).engine.total()); }

TEST(gemm_model, full_waves_reach_the_peak) {
  const command c = gemm(1280, 1280, 4096); // 100 tiles of 128 x 128
  const auto plan = planned(gpu(), c);
  EXPECT_NEAR(base::to_seconds(plan.engine.total()), 2.0 * 1280 * 1280 * 4096 / 100e12, 1e-10);
  EXPECT_EQ(base::to_seconds(plan.combine), 0);
  EXPECT_DOUBLE_EQ(plan.matrix_flop, 2.0 * 1280 * 1280 * 4096);
}

TEST(gemm_model, never_faster_than_the_peak) {
  std::mt19937 random(1);
  const auto config = gpu();
  for (unsigned i = 0; i < 500; ++i) {
    const command c = gemm(1 + random() % 3000, 1 + random() % 9000, 1 + random() % 9000);
    EXPECT_GE(engine_s(config, c) * 100e12, core::useful_flop(c)) << c.m << " " << c.n << " " << c.k;
  }
}

TEST(gemm_model, a_row_more_costs_another_tile_row) {
  const auto config = gpu();
  EXPECT_GT(engine_s(config, gemm(1281, 12800, 4096)), engine_s(config, gemm(1280, 12800, 4096)));
  EXPECT_EQ(engine_s(config, gemm(1, 12800, 4096)), engine_s(config, gemm(16, 12800, 4096)));
}

TEST(gemm_model, operands_bound_where_the_cache_is_slow) {
  auto config = gpu();
  config.cluster = 1;
  config.cache_bandwidth = base::byte_rate::of(2e11);
  const double fetched = 100 * (128 + 256) * 4096 * 2.0; // bytes of 100 tiles of 128 x 256
  EXPECT_NEAR(engine_s(config, gemm(1280, 2560, 4096)), fetched / 2e11, 1e-8);
  config.cluster = 4;
  EXPECT_NEAR(engine_s(config, gemm(1280, 2560, 4096)), fetched / 2 / 2e11, 1e-8);
}

TEST(gemm_model, stores_bound_small_k) {
  auto config = gpu();
  config.store_bandwidth = base::byte_rate::of(1e12);
  EXPECT_NEAR(engine_s(config, gemm(12800, 12800, 64)), 2.0 * 12800 * 12800 / 1e12, 0.05 * 2 * 12800 * 12800 / 1e12);
}

TEST(gemm_model, splitting_k_fills_units_and_pays_a_combination) {
  auto config = gpu();
  config.fp4_step_latency = base::duration::of(100e-9);
  config.launch_latency = base::duration::of(2e-6);
  const auto split = planned(config, gemm(1, 256, 65536, data_type::fp4));
  const double unsplit = 65536 / 256 * 100e-9;
  EXPECT_LT(base::to_seconds(split.engine.total() + split.combine), unsplit / 5);
  EXPECT_GE(base::to_seconds(split.combine), 2e-6);
  EXPECT_EQ(planned(config, gemm(1, 256, 512, data_type::fp4)).combine, 0u) << "too short to be worth it";
}

TEST(gemm_model, block_scales_are_applied_step_by_step_and_keep_k_whole) {
  auto config = gpu();
  config.fp4_step_latency = base::duration::of(200e-9);
  config.scale_latency = base::duration::of(50e-9);
  command c = gemm(1, 256, 65536, data_type::fp4);
  c.flags |= core::block_scaled;
  const auto plan = planned(config, c);
  EXPECT_EQ(plan.combine, 0u);
  EXPECT_NEAR(base::to_seconds(plan.engine.total()), 65536 / 256 * 250e-9, 1e-9);
  EXPECT_LT(engine_s(config, gemm(1, 256, 65536, data_type::fp4)), base::to_seconds(plan.engine.total()));
}

TEST(gemm_model, power_bounds_the_clock_by_its_cube) {
  auto config = gpu();
  config.flop_energy[unsigned(data_type::bf16)] = base::energy_per_flop::of(8e-12); // 800 W at full clock
  EXPECT_EQ(core::gemm_model(config).clock_share(data_type::bf16), 1) << "no limit given";
  config.static_power = base::power::of(50);
  config.power_limit = base::power::of(1000);
  EXPECT_EQ(core::gemm_model(config).clock_share(data_type::bf16), 1);
  config.power_limit = base::power::of(150);
  EXPECT_NEAR(core::gemm_model(config).clock_share(data_type::bf16), 0.5, 1e-12); // 100 W are an eighth
  const double bound = engine_s(config, gemm(1280, 1280, 4096));
  EXPECT_NEAR(bound, 2 * 2.0 * 1280 * 1280 * 4096 / 100e12, 1e-9);
}

TEST(gemm_model, even_experts_are_a_batch) {
  const auto config = gpu();
  command batch = gemm(64, 4096, 4096);
  batch.batch = 8;
  EXPECT_EQ(engine_s(config, experts(8 * 64, 8, 64)), engine_s(config, batch));
  EXPECT_EQ(engine_s(config, experts(8 * 64, 8, 0)), engine_s(config, batch)) << "no fullest expert given: even";
  EXPECT_DOUBLE_EQ(planned(config, experts(512, 8, 64)).matrix_flop, 2.0 * 512 * 4096 * 4096);
}

TEST(gemm_model, uneven_experts_waste_tile_rows) {
  const auto config = gpu();
  EXPECT_GT(engine_s(config, experts(64 * 128, 64, 250)), engine_s(config, experts(64 * 128, 64, 128)));
  // Few rows each: every active expert costs at least a tile row.
  EXPECT_GT(engine_s(config, experts(64, 64, 1)), 10 * engine_s(config, experts(64, 1, 64)));
}

/// Bytes that `c` makes memory read again with a last-level cache of `capacity`.
double read_again(double capacity, const command& c) {
  auto config = gpu();
  config.cache_capacity = base::bytes::of(capacity);
  config.cache_share = 1;
  return planned(config, c).read_again;
}

command with_tile(command c, unsigned rows, unsigned columns, unsigned depth) {
  c.tile_rows = static_cast<std::uint16_t>(rows);
  c.tile_columns = static_cast<std::uint16_t>(columns);
  c.tile_depth = static_cast<std::uint16_t>(depth);
  return c;
}

TEST(gemm_model, a_given_tile_is_computed_whole) {
  const core::core_config config = gpu();
  const command one = with_tile(experts(16, 16, 1), 64, 64, 32), full = with_tile(experts(16 * 64, 16, 64), 64, 64, 32);
  EXPECT_EQ(engine_s(config, one), engine_s(config, full)) << "rows to 64 are padding";
  EXPECT_GT(engine_s(config, one), engine_s(config, experts(16, 16, 1))) << "tiles of the shortest time are never slower";
}

/// 64 x 64 sums and four warps leave room for five blocks a unit; 16 experts of 64 tiles are three waves of 100 units.
TEST(gemm_model, blocks_of_a_given_tile_wait_for_their_own_operands) {
  core::core_config config = gpu();
  config.operand_latency = base::duration::of(10e-6);
  const double steps = 4096 / 32;
  EXPECT_NEAR(engine_s(config, with_tile(experts(16, 16, 1), 64, 64, 32)), 3 * steps * 5e-6, 1e-9);
  EXPECT_NEAR(engine_s(config, with_tile(experts(6, 6, 1), 64, 64, 32)), steps * 5e-6, 1e-9);
  EXPECT_NEAR(engine_s(config, with_tile(experts(6, 6, 1), 64, 64, 64)), steps / 2 * 5e-6, 1e-9) << "deeper steps, fewer of them";
}

TEST(gemm_model, operands_that_fit_are_read_once) {
  EXPECT_EQ(read_again(1e9, gemm(4096, 4096, 4096)), 0);
  EXPECT_EQ(read_again(50e6, gemm(8, 8192, 8192)), 0) << "one row of tiles meets each weight once";
}

TEST(gemm_model, without_a_cache_every_tile_fetches_from_memory) {
  // Of all tiles those of 128 x 256 fetch least, pairs of them sharing the longer side.
  const double fetched = 32.0 * 16 * (128 + 128) * 4096 * 2, once = 2.0 * 4096 * 4096 * 2;
  EXPECT_GE(read_again(0, gemm(4096, 4096, 4096)), fetched - once);
  EXPECT_LT(read_again(0, gemm(1, 8192, 8192)), 0.02 * 8192 * 8192 * 2) << "a single row is little to read again";
}

TEST(gemm_model, the_smaller_the_cache_the_more_is_read_again) {
  const command c = gemm(16384, 16384, 16384);
  double last = 0;
  for (const double capacity : {1e9, 100e6, 50e6, 20e6, 10e6, 1e6, 0.0}) {
    EXPECT_GE(read_again(capacity, c), last) << capacity;
    last = read_again(capacity, c);
  }
  EXPECT_GT(read_again(50e6, c), 2.0 * 16384 * 16384) << "more than half of an operand";
}

} // namespace
