// SPDX-License-Identifier: Apache-2.0
// Short runs of shipped platforms for tests, with a protocol checker on every binding.
#pragma once

#include "sc_main/run/simulation.hpp"
#include "tests/serving/apart.hpp"
#include "tests/support/sim_test.hpp"

#include <cmath>
#include <string>

namespace strata::tests {

inline cli::run_options batch_run(const std::string& platform, const std::string& model, std::uint32_t batch,
                                  std::uint32_t prompt, std::uint32_t output) {
  cli::run_options o;
  o.platform = platform;
  o.model = model;
  o.batch = batch;
  o.prompt = prompt;
  o.output = output;
  o.check_protocol = true;
  return o;
}

/// A few seconds of conversation traffic of 70B in FP8.
inline cli::run_options conversation_run(const std::string& platform, std::uint64_t requests, double rate_scale) {
  cli::run_options o;
  o.platform = platform;
  o.model = "llama-3.1-70b";
  o.weights = traffic::weight_formats::parse("fp8");
  o.trace = STRATA_SOURCE_DIR "/traffic/samples/conversation.csv";
  o.requests = requests;
  o.rate_scale = rate_scale;
  o.check_protocol = true;
  return o;
}

inline cli::run_result simulate(const cli::run_options& o) {
  return cli::simulate(o, [](double) {});
}

/// Every audit passed; the failing ones say why.
inline void expect_audits(const cli::run_result& r) {
  EXPECT_EQ(r.audits.size(), 5u);
  for (const cli::audit_result& a : r.audits)
    EXPECT_TRUE(a.passed) << a.name << ": " << a.detail;
}

/// Of a run in a process of its own.
struct run_figures {
  double ttft, tpot, energy, simulated; ///< means in s, J, s
  bool audited;
};
inline run_figures figures_of(const cli::run_options& o, sc_core::sc_time_unit resolution = sc_core::SC_FS) {
  const nlohmann::json f = apart([&o, resolution] {
    sc_core::sc_set_time_resolution(1, resolution);
    const cli::run_result r = simulate(o);
    bool audited = true;
    for (const cli::audit_result& a : r.audits)
      audited &= a.passed;
    return nlohmann::json{r.latency.ttft.mean, r.latency.tpot.mean, r.energy_J, r.simulated_s, audited};
  });
  return f.is_null() ? run_figures{} : run_figures{f[0], f[1], f[2], f[3], f[4]};
}

/// Both runs pass their audits and agree, relative to the second.
inline void expect_close(const cli::run_options& a, const cli::run_options& b, double time_tolerance, double energy_tolerance) {
  const run_figures x = figures_of(a), y = figures_of(b);
  const auto agree = [](const char* name, double mine, double theirs, double tolerance) {
    EXPECT_NEAR(mine / theirs, 1, tolerance) << name << " " << mine << " against " << theirs;
  };
  agree("TTFT", x.ttft, y.ttft, time_tolerance);
  agree("TPOT", x.tpot, y.tpot, time_tolerance);
  agree("simulated time", x.simulated, y.simulated, time_tolerance);
  agree("energy", x.energy, y.energy, energy_tolerance);
  EXPECT_TRUE(x.audited) << "the first";
  EXPECT_TRUE(y.audited) << "the second";
}

inline cli::run_options with(cli::run_options o, cli::fidelity f) {
  o.fidelity = f;
  return o;
}

} // namespace strata::tests
