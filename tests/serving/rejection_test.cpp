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

} // namespace
