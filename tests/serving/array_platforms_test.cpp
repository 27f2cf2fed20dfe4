// SPDX-License-Identifier: Apache-2.0
// Platforms of systolic and scheduled chips: they serve models, their audits hold, and what tells them from GPUs shows.
#include "tests/serving/measured_kernels.hpp"
#include "tests/serving/runs.hpp"

namespace {

using namespace strata;
using namespace strata::tests;

SIM_TEST(array_platforms, a_tpu_serves_from_its_memory) {
  const auto r = simulate(batch_run("tpu_v6e", "llama-3.1-8b", 1, 128, 5));
  expect_audits(r);
  // 8 chips read 16 GB at 1.64 TB/s each in 1.2 ms; launches and links come on top.
  EXPECT_GT(r.latency.tpot.mean, 1.2e-3);
  EXPECT_LT(r.latency.tpot.mean, 3e-3);
}

SIM_TEST(array_platforms, a_trainium_instance_serves) { expect_audits(simulate(batch_run("trainium2", "llama-3.1-8b", 2, 64, 3))); }
SIM_TEST(array_platforms, a_maia_tray_serves) { expect_audits(simulate(batch_run("maia_200", "llama-3.1-8b", 2, 64, 3))); }

SIM_TEST(array_platforms, hundreds_of_lpus_serve_from_sram) {
  auto o = batch_run("groq_lpu", "llama-2-70b", 1, 64, 5);
  o.weights = traffic::weight_formats::parse("int8");
  const auto r = simulate(o);
  expect_audits(r);
  for (const cli::level_result& l : r.levels)
    EXPECT_TRUE(l.level != "hbm" && l.level != "cache") << l.level;
}

double part(const nlohmann::json& kernel, const char* name) { return kernel.at("time_by_part_s").value(name, 0.0); }

TEST(array_platforms, one_token_waits_for_memory_on_a_tpu_and_for_its_arrays_on_an_lpu) {
  const kernel_shape gemv{{"m", "1"}, {"n", "8192"}, {"k", "8192"}, {"dtype", "int8"}};
  const auto tpu = measured("tpu_v6e", "gemm", gemv), lpu = measured("groq_lpu", "gemm", gemv);
  EXPECT_GT(part(tpu, "memory"), 0.8 * seconds(tpu));
  EXPECT_GT(part(lpu, "weights"), 0.8 * seconds(lpu));
}

TEST(array_platforms, weights_load_as_fast_as_is_published) {
  // 26 x 26 tiles of 320 x 320 in four planes: 169 loads of 40 cycles, and the wave of the first.
  const kernel_shape gemv{{"m", "1"}, {"n", "8320"}, {"k", "8320"}, {"dtype", "int8"}, {"weight_sets", "1"}};
  const auto lpu = measured("groq_lpu", "gemm", gemv);
  EXPECT_NEAR(part(lpu, "weights") + part(lpu, "mma"), (168 * 40 + 1) / 0.9e9, 2e-9);
}

} // namespace
