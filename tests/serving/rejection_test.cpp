// SPDX-License-Identifier: Apache-2.0
// Requests that no KV cache holds: what they lack is said, and each remedy that is named is one.
#include "tests/serving/runs.hpp"

#include <gmock/gmock.h>

namespace {

using namespace strata;
using namespace strata::tests;

cli::run_result long_prompt(const char* kv, unsigned prompt, const char* wafers = "1") {
  cli::run_options o = batch_run("cs3", "llama-3.1-8b", 1, prompt, 1);
  o.kv_dtype = traffic::number_format::parse(kv);
  o.set = {std::string("sizes.wafers=") + wafers};
  o.fidelity = cli::fidelity::step;
  return simulate(o);
}

constexpr unsigned tokens = 200'000;

SIM_TEST(rejection, says_what_lacks_and_what_would_help) {
  const cli::run_result r = long_prompt("bf16", tokens - 1);
  ASSERT_TRUE(r.rejected);
  EXPECT_EQ(r.rejected->requests, 1u);
  EXPECT_EQ(r.rejected->tokens, tokens);
  EXPECT_EQ(r.rejected->capacity_tokens + r.rejected->shortfall_tokens, tokens) << "both whole blocks";
  EXPECT_DOUBLE_EQ(r.rejected->shortfall_B, static_cast<double>(r.rejected->shortfall_tokens) * 131072);
  EXPECT_THAT(r.rejected->remedies, testing::ElementsAre("at most " + std::to_string(r.rejected->capacity_tokens) + " tokens",
                                                         "--kv-dtype fp8", "2 or more such devices"));
}

SIM_TEST(rejection, narrower_keys_and_values_do_help) { EXPECT_FALSE(long_prompt("fp8", tokens - 1).rejected); }
SIM_TEST(rejection, more_devices_do_help) { EXPECT_FALSE(long_prompt("bf16", tokens - 1, "2").rejected); }

cli::run_result long_prompt_on_sets(unsigned sets) {
  cli::run_options o = batch_run("dgx_h100", "llama-3.1-70b", 1, 1'500'000, 1);
  o.set = {"sizes.gpus=" + std::to_string(4 * sets)};
  o.context_parallel = sets;
  o.step_tokens = 65536;
  o.fidelity = cli::fidelity::step;
  return simulate(o);
}

SIM_TEST(rejection, so_many_sets_hold_a_context_and_one_fewer_does_not) {
  const cli::run_result r = long_prompt_on_sets(2);
  ASSERT_TRUE(r.rejected);
  EXPECT_THAT(r.rejected->remedies, testing::Contains("--context-parallel 4 over 16 such devices"));
}
SIM_TEST(rejection, one_set_fewer_does_not_help) { EXPECT_TRUE(long_prompt_on_sets(3).rejected); }
SIM_TEST(rejection, more_sets_do_help) { EXPECT_FALSE(long_prompt_on_sets(4).rejected); }

} // namespace
