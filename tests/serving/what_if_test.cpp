// SPDX-License-Identifier: Apache-2.0
// What an architect asks first: a platform with one thing changed by --set. The kernels that the change concerns move
// by the amount that the physics says, the others stay.
#include "tests/serving/measured_kernels.hpp"

namespace {

using namespace strata::tests;

const kernel_shape gemv{{"m", "1"}, {"n", "16384"}, {"k", "16384"}};
const kernel_shape large{{"m", "8192"}, {"n", "8192"}, {"k", "8192"}};
const kernel_shape tiny{{"m", "1"}, {"n", "128"}, {"k", "128"}};
/// 17 MB of activations fit into an L2 of 50 MB, and there is little to compute.
const kernel_shape tall{{"m", "16384"}, {"n", "64"}, {"k", "512"}};

/// Time with `set` over the time without.
double slowdown(const kernel_shape& shape, const std::vector<std::string>& set) {
  return seconds(measured("h100", "gemm", shape, set)) / seconds(measured("h100", "gemm", shape));
}

TEST(what_if, half_the_memory_bandwidth) {
  const std::vector<std::string> half{"gpu.hbm.bandwidth=1.675 TB/s"};
  EXPECT_NEAR(slowdown(gemv, half), 2, 0.15);
  EXPECT_NEAR(slowdown(large, half), 1, 0.02);
  EXPECT_NEAR(slowdown(tiny, half), 1, 0.05);
}

TEST(what_if, twice_the_units) {
  const std::vector<std::string> twice{"gpu.core.units=264", "gpu.core.bf16_rate=1978 TFLOPS",
                                       "gpu.core.cache_bandwidth=11 TB/s"};
  EXPECT_LT(slowdown(large, twice), 0.65);
  EXPECT_GT(slowdown(large, twice), 0.5);
  EXPECT_NEAR(slowdown(gemv, twice), 1, 0.05); // memory does not get faster
}

TEST(what_if, no_last_level_cache) {
  const std::vector<std::string> none{"gpu.core.cache_capacity=0 B"};
  EXPECT_GT(slowdown(tall, none), 1.2);        // activations now come from memory
  EXPECT_NEAR(slowdown(gemv, none), 1, 0.02); // weights that never fitted still do
  // Every tile of 128 x 256, its longer side shared by two, fetches from memory: 2.1 bytes a kFLOP at 3.35 TB/s or less.
  EXPECT_GT(slowdown(large, none), 1.8);
  EXPECT_LT(slowdown(large, none), 3.5);
}

TEST(what_if, large_operands_are_read_more_often_from_a_smaller_cache) {
  const auto read_J = [](const char* capacity) {
    return measured("h100", "gemm", large, {std::string("gpu.core.cache_capacity=") + capacity}).at("board_by_part_J").at("hbm.read").get<double>();
  };
  const double once = read_J("1 GB"), half = read_J("25 MB"), none = read_J("0 B");
  EXPECT_GT(half, 1.2 * once);
  EXPECT_GT(none, 5 * once);
}

TEST(what_if, half_the_link_rate) {
  const std::vector<std::string> half{"nvlink[*].lane_rate=50 Gb/s"};
  const auto slowdown_of = [&half](const char* bytes) {
    const kernel_shape shape{{"num_gpus", "8"}, {"bytes", bytes}};
    return seconds(measured("dgx_h100", "collectives", shape, half)) / seconds(measured("dgx_h100", "collectives", shape));
  };
  EXPECT_NEAR(slowdown_of("1000000000"), 2, 0.1);
  EXPECT_NEAR(slowdown_of("1024"), 1, 0.05); // latency
}

TEST(what_if, no_launch_latency) {
  const double launch = 2e-6;
  const double with = seconds(measured("h100", "gemm", tiny, {"gpu.core.launch_latency=2 us"}));
  const double without = seconds(measured("h100", "gemm", tiny, {"gpu.core.launch_latency=0 s"}));
  EXPECT_NEAR(with - without, launch, 0.01 * launch);
}

TEST(what_if, the_power_limit_holds_for_streams) {
  // Memory twice as fast would draw far more than the board's 1,000 W beside what is static and active.
  const auto faster = measured("b200", "gemm", gemv, {"gpu.hbm.bandwidth=16 TB/s"});
  EXPECT_LT(faster.at("board_power_W").get<double>(), 1000);
  EXPECT_GT(faster.at("board_power_W").get<double>(), 0.95 * 1000);
  EXPECT_GT(faster.at("time_by_part_s").value("power", 0.0), 0.0);
  EXPECT_LT(measured("b200", "gemm", gemv).at("board_power_W").get<double>(), 1000);
}

} // namespace
