// SPDX-License-Identifier: Apache-2.0
// Power of a board under the two loads that bound it: a saturated BF16 GEMM draws what the board is limited to, and
// reading memory draws what measured boards draw while they decode.
#include "tests/serving/measured_kernels.hpp"

namespace {

using namespace strata::tests;

const kernel_shape saturated{{"dtype", "bfloat16"}, {"m", "8192"}, {"n", "8192"}, {"k", "8192"}};
/// Reads 2.1 GB of weights for one token.
const kernel_shape stream{{"m", "1"}, {"n", "32768"}, {"k", "32768"}};

double power(const nlohmann::json& k) { return k.at("board_power_W").get<double>(); }

double part(const nlohmann::json& k, const std::string& name) {
  return k.at("board_by_part_J").value(name, 0.0) / seconds(k);
}

/// Parts add up to the whole.
void expect_whole(const nlohmann::json& k) {
  double sum = 0;
  for (const auto& [name, joules] : k.at("board_by_part_J").items())
    sum += joules.get<double>();
  EXPECT_NEAR(sum / k.at("board_J").get<double>(), 1, 1e-9);
}

struct board {
  const char* platform;
  double limit_W;     ///< published thermal design power
  double read_TB_per_s, drawn_W; ///< ML.ENERGY, Qwen3-32B in bf16 decoding for 8 users on one board: weights over
                                 ///< inter-token latency, and mean power
};

class energy : public testing::TestWithParam<board> {};

TEST_P(energy, a_saturated_gemm_draws_the_boards_limit) {
  const auto k = measured(GetParam().platform, "gemm", saturated);
  expect_whole(k);
  EXPECT_NEAR(power(k), GetParam().limit_W, 0.15 * GetParam().limit_W);
  EXPECT_GT(part(k, "core.matrix.bf16"), 0.4 * power(k));
}

/// What is drawn whatever is read, and per TB/s beyond it, together at the rate of a measured board.
TEST_P(energy, reading_memory_draws_what_a_measured_board_draws) {
  const board& b = GetParam();
  const auto k = measured(b.platform, "gemm", stream);
  expect_whole(k);
  const double rate_TB = 2.0 * 32768 * 32768 / seconds(k) * 1e-12;
  const double fixed = part(k, "core.static") + part(k, "core.active") + part(k, "hbm.static");
  EXPECT_GT(power(k) - fixed, 0.3 * power(k));
  const double expected = fixed + (power(k) - fixed) / rate_TB * b.read_TB_per_s;
  EXPECT_NEAR(expected, b.drawn_W, 0.15 * b.drawn_W);
}

std::string name_of(const testing::TestParamInfo<board>& tested) { return tested.param.platform; }

INSTANTIATE_TEST_SUITE_P(boards, energy, testing::Values(board{"h100", 700, 2.60, 538}, board{"b200", 1000, 4.64, 860}), name_of);

} // namespace
