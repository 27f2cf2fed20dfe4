// SPDX-License-Identifier: Apache-2.0
// Matrix arrays without the kernel: cycles against closed forms, and the policies that execute on them.
#include "models/core/array_policy.hpp"

#include "models/base/diagnostic.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace {

using namespace strata;
using core::architecture;
using core::command;
using core::data_type;
using core::opcode;
using core::time_part;

/// `units` arrays of 128 x 64 cells at 1 GHz, a multiply-add of 16 bits a cell and cycle, two of 8 bits.
core::core_config arrays(unsigned units, architecture kind = architecture::systolic) {
  core::core_config c;
  c.kind = kind;
  c.units = units;
  c.array_rows = 128;
  c.array_columns = 64;
  c.clock = base::frequency::of(1e9);
  c.rate[unsigned(data_type::bf16)] = base::flop_rate::of(units * 2.0 * 128 * 64 * 1e9);
  c.rate[unsigned(data_type::int8)] = base::flop_rate::of(units * 4.0 * 128 * 64 * 1e9);
  c.launch_latency = base::duration::of(1.5004e-6);
  c.host_launch_latency = base::duration::of(4e-6);
  c.fill_latency = base::duration::of(0.5e-6);
  return c;
}

command gemm(std::uint32_t m, std::uint32_t n, std::uint32_t k, data_type t = data_type::bf16) {
  command c{};
  c.op = opcode::gemm;
  c.compute = t;
  c.flags = core::captured;
  c.m = m;
  c.n = n;
  c.k = k;
  return c;
}

double cycles(base::femtoseconds t) { return std::round(base::to_seconds(t) * 1e9); }

/// 2 R + C + T - 2 for each of the tiles (Samajdar et al., ISPASS 2020, equations 1 to 3, weights stationary).
TEST(matrix_arrays, one_buffer_takes_the_published_cycles_of_scale_sim) {
  auto config = arrays(1);
  config.weight_buffers = 1;
  const core::matrix_arrays a(config);
  for (const double rows : {1.0, 100.0, 5000.0})
    for (const double tiles : {1.0, 7.0})
      EXPECT_EQ(a.one_array(tiles, rows).total(), tiles * (2 * 128 + 64 + rows - 2)) << tiles << " x " << rows;
}

TEST(matrix_arrays, second_buffer_hides_loads_behind_the_rows_that_flow) {
  const auto config = arrays(1);
  const core::matrix_arrays a(config);
  const double once = 128 + 128 + 64 - 2; // first load, and the wave from corner to corner
  EXPECT_EQ(a.one_array(10, 500).total(), once + 10 * 500);        // rows hide loads
  EXPECT_EQ(a.one_array(10, 8).total(), once + 8 + 9 * 128);       // loads set the pace
  EXPECT_EQ(a.one_array(10, 8).weights, 9 * (128 - 8));
  EXPECT_EQ(a.one_array(1, 8).total(), 2 * 128 + 64 + 8 - 2);      // nothing to overlap with
}

TEST(matrix_arrays, weights_on_a_bus_of_their_own_load_faster) {
  auto config = arrays(1);
  config.weight_load_cycles = 40;
  EXPECT_EQ(core::matrix_arrays(config).one_array(10, 8).total(), 40 + 128 + 64 - 2 + 8 + 9 * 40);
}

/// 16-bit products at a quarter of the 8-bit rate: a quarter of the weights, of twice the bytes, in half the time.
TEST(matrix_arrays, a_bus_takes_as_long_as_its_bytes) {
  auto config = arrays(1);
  config.weight_load_cycles = 40;
  config.rate[unsigned(data_type::int8)] = base::flop_rate::of(2.0 * 128 * 64 * 1e9);
  config.rate[unsigned(data_type::bf16)] = base::flop_rate::of(0.5 * 128 * 64 * 1e9);
  const core::matrix_arrays a(config);
  EXPECT_EQ(a.load_share(data_type::int8), 1);
  EXPECT_EQ(a.load_share(data_type::bf16), 0.5);
  EXPECT_EQ(a.load_share(data_type::fp8), 0.5) << "formed as 16-bit products";
  EXPECT_EQ(a.multiply(1, 1, 64, 128 * 10, data_type::int8).weights, 9 * 39);
  EXPECT_EQ(a.multiply(1, 1, 64, 128 * 10, data_type::bf16).weights, 39 * 19);
  config.weight_load_cycles = 0;
  EXPECT_EQ(core::matrix_arrays(config).load_share(data_type::bf16), 1);
}

TEST(matrix_arrays, tiles_that_stick_out_count_in_full) {
  const auto config = arrays(1);
  const core::matrix_arrays a(config);
  EXPECT_EQ(a.multiply(1, 300, 64, 128, data_type::bf16).stream, 300);
  EXPECT_EQ(a.multiply(1, 300, 65, 129, data_type::bf16).stream, 4 * 300);
  EXPECT_EQ(a.multiply(1, 300, 64, 256, data_type::int8).stream, 300) << "a cell takes two narrow elements of K";
}

TEST(matrix_arrays, arrays_share_tiles_or_where_there_are_few_rows) {
  const auto four = arrays(4);
  const core::matrix_arrays a(four);
  EXPECT_EQ(a.multiply(1, 1000, 64, 8 * 128, data_type::bf16).stream, 2 * 1000); // eight tiles
  EXPECT_EQ(a.multiply(1, 1000, 64, 128, data_type::bf16).stream, 250);          // one tile, in each array
}

TEST(array_policy, nothing_is_faster_than_its_peak) {
  const auto config = arrays(4);
  const core::systolic_policy policy(config);
  for (const unsigned m : {1u, 17u, 128u, 4096u})
    for (const unsigned n : {64u, 100u, 8192u})
      for (const unsigned k : {128u, 1000u, 8192u}) {
        const auto p = policy.plan(gemm(m, n, k), 1);
        EXPECT_GE(base::to_seconds(p.engine.total()), p.matrix_flop / config.flop_rate(data_type::bf16)) << m << " " << n << " " << k;
      }
  const auto large = policy.plan(gemm(65536, 8192, 8192), 1);
  EXPECT_NEAR(base::to_seconds(large.engine.total()) / (large.matrix_flop / config.flop_rate(data_type::bf16)), 1, 0.001);
}

TEST(array_policy, a_token_at_a_time_waits_for_weights) {
  const auto config = arrays(1);
  const core::systolic_policy policy(config);
  const auto p = policy.plan(gemm(1, 6400, 12800), 1); // 100 x 100 tiles
  EXPECT_EQ(cycles(p.engine[time_part::mma]), 10'000);
  EXPECT_EQ(cycles(p.engine[time_part::weights]), 9'999 * 127);
  EXPECT_EQ(cycles(p.engine[time_part::fill]), 128 + 128 + 64 - 2);
}

/// 3 sequences, 2 key heads that 8 heads share; 1,000 keys of 128 elements: 16 tiles of keys along N, then 8 of values
/// along K and 2 along N.
TEST(array_policy, attention_is_keys_then_values_as_weights) {
  const auto config = arrays(1);
  const core::systolic_policy policy(config);
  command c{};
  c.op = opcode::attention;
  c.compute = data_type::bf16;
  c.m = c.batch = 3;
  c.n = 8;
  c.kv_heads = 2;
  c.k = 128;
  c.work = 3 * 1000;
  const auto p = policy.plan(c, 1);
  EXPECT_EQ(cycles(p.engine[time_part::mma]), 3 * 2 * (16 + 8 * 2) * 4); // four heads flow through each
  EXPECT_DOUBLE_EQ(p.vector_flop, 5.0 * 3000 * 8);
}

TEST(array_policy, slow_vector_units_show_what_they_take_longer) {
  auto config = arrays(1);
  config.vector_rate = base::flop_rate::of(1e9); // an operation a cycle
  command c{};
  c.op = opcode::attention;
  c.compute = data_type::bf16;
  c.m = c.batch = 1;
  c.n = 1;
  c.k = 128;
  c.work = 64;
  const auto p = core::systolic_policy(config).plan(c, 1);
  EXPECT_EQ(cycles(p.engine.total()), std::max(5.0 * 64, 2.0 * (128 + 128 + 64 - 2) + 1 + 1 * 2 + 127));
  config.vector_rate = base::flop_rate::of(0.1e9);
  EXPECT_EQ(cycles(core::systolic_policy(config).plan(c, 1).engine.total()), 10 * 5 * 64);
}

TEST(array_policy, systolic_commands_launch_and_fill) {
  const auto config = arrays(1);
  const core::systolic_policy policy(config);
  command c = gemm(1, 64, 64);
  EXPECT_EQ(policy.plan(c, 1).launch, base::to_femtoseconds(config.launch_latency));
  EXPECT_EQ(policy.plan(c, 1).fill, base::to_femtoseconds(config.fill_latency));
  c.flags = 0;
  EXPECT_EQ(policy.plan(c, 1).launch, base::to_femtoseconds(config.host_launch_latency));
}

TEST(array_policy, scheduled_operators_follow_after_whole_cycles_however_they_came) {
  const auto config = arrays(1, architecture::scheduled);
  const core::scheduled_policy policy(config);
  command c = gemm(3, 640, 1280);
  const auto a = policy.plan(c, 1);
  EXPECT_EQ(a.launch, 1'501'000'000u); // 1500.4 cycles
  EXPECT_EQ(a.fill, 0u);
  EXPECT_EQ(a.engine.total() % 1'000'000, 0u) << "whole cycles";
  c.flags = 0; // no graph: the program is compiled as a whole either way
  EXPECT_EQ(policy.plan(c, 1).launch, a.launch);
}

TEST(array_policy, scheduled_cores_have_no_cache) {
  auto config = arrays(1, architecture::scheduled);
  config.validate();
  config.cache_capacity = base::bytes::of(1e6);
  EXPECT_THROW(config.validate(), base::input_error);
}

} // namespace
