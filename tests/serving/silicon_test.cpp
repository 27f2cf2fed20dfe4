// SPDX-License-Identifier: Apache-2.0
// Kernels of shipped devices against measured ones, through `strata validate`: the accuracy that datasheets state.
// Skips where the reference data are absent.
#include "sc_main/validate/validation.hpp"
#include "tests/support/sim_test.hpp"

#include <fstream>

namespace {

using namespace strata;

cli::validation_options against(const std::string& platform, const std::string& kind, const std::string& file) {
  cli::validation_options o;
  o.platform = platform;
  o.kind = kind;
  o.reference = STRATA_SOURCE_DIR "/../shared/reference/silicon/" + file;
  return o;
}

bool absent(const cli::validation_options& o) { return !std::ifstream(o.reference); }

/// All rows, and the bound that the project promises for them.
void expect_within(double bound, const std::string& platform, const std::string& kind, const std::string& file) {
  const auto o = against(platform, kind, file);
  if (absent(o))
    GTEST_SKIP() << "no reference data beside the source tree";
  const auto r = cli::validate(o);
  EXPECT_GT(r.predictions.size(), 200u);
  EXPECT_LT(r.overall().mean_absolute, bound);
}

SIM_TEST(silicon, gemm_on_h100) { expect_within(0.12, "h100", "gemm", "gemm_h100.csv"); }
SIM_TEST(silicon, gemm_on_b200) { expect_within(0.15, "b200", "gemm", "gemm_b200.csv"); }
SIM_TEST(silicon, decode_attention_on_h100) { expect_within(0.15, "h100", "attention_decode", "attention_decode_h100.csv"); }
SIM_TEST(silicon, decode_attention_on_b200) { expect_within(0.15, "b200", "attention_decode", "attention_decode_b200.csv"); }
SIM_TEST(silicon, prompt_attention_on_h100) { expect_within(0.15, "h100", "attention_prefill", "attention_prefill_h100.csv"); }
SIM_TEST(silicon, collectives_of_h100) { expect_within(0.15, "dgx_h100", "collectives", "collectives_h100_b200.csv"); }
SIM_TEST(silicon, collectives_of_b200) { expect_within(0.15, "dgx_b200", "collectives", "collectives_h100_b200.csv"); }

} // namespace
