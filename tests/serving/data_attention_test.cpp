// SPDX-License-Identifier: Apache-2.0
// Ranks with sequences of their own as a run: audits, and one rank standing for all as all of them do.
#include "tests/serving/runs.hpp"

namespace strata::tests {
namespace {

cli::run_options experts_apart(std::uint32_t batch) {
  cli::run_options o = batch_run("dgx_b200", "qwen3-30b-a3b", batch, 64, 3);
  o.weights = traffic::weight_formats::parse("fp8");
  o.data_attention = true;
  return o;
}

TEST(data_attention, one_rank_stands_for_all) {
  cli::run_options all = experts_apart(16);
  all.no_symmetry = true;
  expect_close(experts_apart(16), all, 0.002, 0.01);
}

} // namespace
} // namespace strata::tests
