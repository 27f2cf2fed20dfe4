// SPDX-License-Identifier: Apache-2.0
// Golden timings of the shipped platforms: a value that moves does so on purpose, with an entry in the changelog.
#include "tests/serving/runs.hpp"
#include "tests/support/golden.hpp"

#include <algorithm>

namespace {

using namespace strata;

void hold(const std::string& name, const cli::run_options& options) {
  const cli::run_result r = tests::simulate(options);
  tests::expect_audits(r);
  tests::golden_file golden(name);
  const auto sum = [n = double(r.latency.completed)](const traffic::distribution& d) { return d.mean * n; };
  // 1e-7: spans differences of the mathematics library's last digit, far below any change of a model.
  constexpr double tolerance = 1e-7;
  golden.check("requests", double(r.latency.completed), "1");
  golden.check("ttft_sum", sum(r.latency.ttft), "s", tolerance);
  golden.check("end_to_end_sum", sum(r.latency.end_to_end), "s", tolerance);
  golden.check("simulated_time", r.simulated_s, "s", tolerance);
  golden.check("energy", r.energy_J, "J", tolerance);
  for (const cli::phase_result& p : r.phases)
    golden.check(p.name + "_time", p.time_s, "s", tolerance);
  for (const cli::level_result& l : r.levels)
    if (l.energy_J > 0) {
      std::string level = l.level;
      std::replace(level.begin(), level.end(), ' ', '_');
      golden.check(level + "_energy", l.energy_J, "J", tolerance);
    }
}

SIM_TEST(golden_serving, h100_llama_8b_batch) { hold("h100_llama_8b_batch", tests::batch_run("h100", "llama-3.1-8b", 8, 1024, 16)); }
SIM_TEST(golden_serving, dgx_h100_conversation) { hold("dgx_h100_conversation", tests::conversation_run("dgx_h100", 6, 10)); }
SIM_TEST(golden_serving, cs3_llama70b_conversation) { hold("cs3_llama70b_conversation", tests::conversation_run("cs3_llama70b", 4, 10)); }
SIM_TEST(golden_serving, agentic_dram_conversation) { hold("agentic_dram_conversation", tests::conversation_run("agentic_dram", 6, 1)); }
SIM_TEST(golden_serving, dgx_h100_conversation_step) {
  cli::run_options o = tests::conversation_run("dgx_h100", 6, 10);
  o.fidelity = cli::fidelity::step;
  hold("dgx_h100_conversation_step", o);
}

} // namespace
