// SPDX-License-Identifier: Apache-2.0
// Kernels of shipped devices against measured ones, through `strata validate`: the accuracy that datasheets state.
// Skips where the reference data are absent.
#include "sc_main/validation.hpp"
#include "tests/support/sim_test.hpp"

#include <fstream>
#include <iostream>

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

/// Statistics of the rows with one value of a label, e.g. {"dtype", "bfloat16"}.
cli::error_statistics where(const cli::validation_result& r, const std::string& dimension, const std::string& value) {
  for (const cli::error_group& g : r.groups())
    if (g.label.dimension == dimension && g.label.value == value)
      return g.statistics;
  ADD_FAILURE() << "no rows with " << dimension << " = " << value;
  return {};
}

SIM_TEST(silicon, gemm_on_h100) {
  const auto o = against("h100", "gemm", "gemm_h100.csv");
  if (absent(o))
    GTEST_SKIP() << "no reference data beside the source tree";
  const auto r = cli::validate(o);
  EXPECT_GT(r.predictions.size(), 5000u);
  EXPECT_LT(where(r, "dtype", "bfloat16").mean_absolute, 0.20);
}

SIM_TEST(silicon, twenty_thousand_kernels_per_cpu_second) {
#ifndef NDEBUG
  GTEST_SKIP() << "speed is promised of optimised builds";
#endif
  const auto o = against("h100", "gemm", "gemm_h100.csv");
  if (absent(o))
    GTEST_SKIP() << "no reference data beside the source tree";
  const auto r = cli::validate(o);
  EXPECT_GT(static_cast<double>(r.kernels) / r.host_cpu_s, 20000);
}

} // namespace
