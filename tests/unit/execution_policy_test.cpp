// SPDX-License-Identifier: Apache-2.0
// Engine timing without the kernel: launches, native types, attention, hops on a wafer.
#include "models/core/tensor_policy.hpp"
#include "models/core/wafer_policy.hpp"

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
  EXPECT_NEAR(seconds(policy.plan(narrow, 1).engine), seconds(policy.plan(gemm(1280, 1280, 4096), 1).engine), 1e-6);
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

TEST(wafer_policy, reduction_follows_distance_serialisation_and_depth) {
  const auto config = wafer();
  const core::wafer_policy policy(config);
  EXPECT_DOUBLE_EQ(policy.reduce_cycles(100, 30), 100 + 2 * 30 + 5 * 20);
  EXPECT_DOUBLE_EQ(policy.broadcast_cycles(100, 30), 100 + 30 + 4);
}

TEST(wafer_policy, gemv_is_broadcast_compute_reduce) {
  const auto config = wafer();
  const core::wafer_policy policy(config);
  const auto plan = policy.plan(gemm(1, 4000, 2000), 1); // 100 x 100 cores: slices of 20 x 40
  const double compute = std::ceil(20 * 40 / 8.0);
  EXPECT_NEAR(seconds(plan.engine), (policy.broadcast_cycles(100, 10) + compute + policy.reduce_cycles(100, 40)) * 1e-9,
              1e-15);
}

TEST(wafer_policy, further_tokens_follow_at_the_busiest_resource) {
  const auto config = wafer();
  const core::wafer_policy policy(config);
  const double one = seconds(policy.plan(gemm(1, 4000, 2000), 1).engine);
  const double ten = seconds(policy.plan(gemm(10, 4000, 2000), 1).engine);
  EXPECT_NEAR(ten - one, 9 * 100e-9, 1e-15); // 100 compute cycles a token
}

TEST(wafer_policy, smaller_regions_are_closer_but_slower) {
  const auto config = wafer();
  const core::wafer_policy policy(config);
  const auto whole = policy.plan(gemm(1, 400, 400), 1), part = policy.plan(gemm(1, 400, 400), 25);
  EXPECT_LT(part.engine, whole.engine); // 20 hops instead of 100, with little to compute
  const auto big_whole = policy.plan(gemm(64, 16000, 16000), 1), big_part = policy.plan(gemm(64, 16000, 16000), 25);
  EXPECT_GT(big_part.engine, 20 * big_whole.engine);
}

} // namespace
