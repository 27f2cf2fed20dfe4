// SPDX-License-Identifier: Apache-2.0
// What whole runs say of their memories: refresh covers all of the time, and errors beyond correction are reported.
#include "tests/serving/runs.hpp"

#include <map>

namespace {

using namespace strata;

/// Meter amounts of the first component of a type, by name.
std::map<std::string, double> amounts(const cli::run_result& r, const std::string& type) {
  std::map<std::string, double> all;
  for (const cli::component_result& c : r.components)
    if (c.type == type && all.empty())
      for (const cli::meter_result& m : c.meters)
        all[m.name] = m.amount;
  return all;
}

void refresh_covers_the_run(cli::fidelity fidelity) {
  cli::run_options o = tests::batch_run("h100", "llama-3.1-8b", 2, 256, 8);
  o.fidelity = fidelity;
  const cli::run_result r = tests::simulate(o);
  tests::expect_audits(r);
  // Five stacks of 32 pseudo channels, each refreshed every 3.9 us.
  EXPECT_NEAR(amounts(r, "dram_controller")["refresh"] * 3.9e-6 / r.simulated_s, 160, 0.1);
}
SIM_TEST(memory_run, refresh_covers_all_of_the_time_at_stream) { refresh_covers_the_run(cli::fidelity::stream); }
SIM_TEST(memory_run, refresh_covers_all_of_the_time_at_step) { refresh_covers_the_run(cli::fidelity::step); }

SIM_TEST(memory_run, errors_beyond_correction_are_reported_and_the_run_goes_on) {
  tests::expect_warning("strata/core");
  cli::run_options o = tests::batch_run("h100", "llama-3.1-8b", 2, 256, 8);
  o.set = {"gpu.hbm.ecc=sideband", "gpu.hbm.uncorrected_error_rate=1e-11"};
  const cli::run_result r = tests::simulate(o);
  tests::expect_audits(r);
  EXPECT_EQ(r.latency.completed, 2u);
  auto memory = amounts(r, "dram_controller"), device = amounts(r, "compute_core");
  const double expected = 1e-11 * 8 * memory["read"];
  EXPECT_NEAR(memory["uncorrected"], expected, 4 * std::sqrt(expected));
  EXPECT_GT(memory["uncorrected"], 0);
  EXPECT_EQ(device["poisoned"], 16 * memory["uncorrected"]);
}

} // namespace
