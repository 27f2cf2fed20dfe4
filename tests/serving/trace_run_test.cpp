// SPDX-License-Identifier: Apache-2.0
// The trace of a whole run against the meters of the same run.
#include "tests/serving/tier_runs.hpp"
#include "tests/support/perfetto_reader.hpp"

#include <cstdio>
#include <unistd.h>

namespace {

using namespace strata;
using namespace strata::tests;

const cli::meter_result& meter_of(const cli::run_result& r, const std::string& path, const std::string& name) {
  for (const auto& c : r.components)
    for (const auto& m : c.meters)
      if (c.path == path && m.name == name)
        return m;
  throw std::out_of_range(path + "." + name);
}

double seconds(const perfetto_trace::slice& s) { return static_cast<double>(s.end - s.begin) * 1e-9; }

/// Twenty tokens for two requests on eight GPUs, which one stands for.
struct traced_run {
  traced_run() {
    std::string name = testing::TempDir() + "strata-trace-XXXXXX";
    close(mkstemp(name.data()));
    cli::run_options o = batch_run("dgx_h100", "llama-3.1-8b", 2, 64, 20);
    o.perfetto = name;
    result = simulate(o);
    trace = read_perfetto(name);
    std::remove(name.c_str());
  }
  cli::run_result result;
  perfetto_trace trace;
};

SIM_TEST(run_trace, commands_and_bytes_are_those_of_the_meters) {
  const traced_run run;
  const cli::meter_result& commands = meter_of(run.result, "platform.gpu[0].core", "commands");
  double busy = 0, moved = 0, collectives = 0;
  std::size_t slices = 0;
  for (const std::uint64_t track : run.trace.below("gpu[0].core"))
    if (run.trace.tracks.at(track).name.compare(0, 4, "lane") == 0)
      for (const auto& s : run.trace.slices)
        if (s.track == track) {
          ++slices;
          busy += seconds(s);
          collectives += s.name == "all_reduce";
        }
  EXPECT_NEAR(busy, commands.busy_s, 2e-9 * static_cast<double>(slices)); // ends and beginnings are rounded
  EXPECT_LE(static_cast<double>(slices), commands.amount) << "signals and waits are no slices";
  std::uint64_t steps = 0;
  for (const auto& p : run.result.phases)
    steps += p.steps;
  EXPECT_EQ(collectives, static_cast<double>((2 * 32 + 2) * steps)) << "two for each layer of each step, and those around the layers";
  for (const std::uint64_t track : run.trace.below("gpu[0].hbm"))
    for (const auto& s : run.trace.slices)
      if (s.track == track)
        for (const char* bytes : {"bytes read", "bytes written"})
          if (const auto at = s.arguments.find(bytes); at != s.arguments.end())
            moved += static_cast<double>(at->second);
  const double served = meter_of(run.result, "platform.gpu[0].hbm", "served").amount;
  EXPECT_NEAR(moved, served, 1e-9 * served);
}

/// Every copy between memory and stores is a slice on the track of its way.
SIM_TEST(run_trace, movements_of_kv_are_those_of_the_tiers) {
  const turns_file turns;
  std::string name = testing::TempDir() + "strata-trace-XXXXXX";
  close(mkstemp(name.data()));
  cli::run_options o = tiers_run(turns.path(), cli::fidelity::stream, "dram[*]");
  o.perfetto = name;
  const cli::run_result r = simulate(o);
  const perfetto_trace trace = read_perfetto(name);
  std::remove(name.c_str());
  std::map<std::string, double> tokens;
  std::map<std::uint64_t, std::uint64_t> ends;
  for (const auto& s : trace.slices)
    if (const std::string& track = trace.tracks.at(s.track).name; track.compare(0, 8, "KV from ") == 0) {
      tokens[track] += static_cast<double>(s.arguments.at("tokens"));
      EXPECT_GE(s.begin, ends[s.track]) << "one after the other";
      ends[s.track] = s.end;
    }
  ASSERT_EQ(tokens.size(), 2u);
  EXPECT_DOUBLE_EQ(tokens.at("KV from gpu[0].hbm to dram[0]") * r.model.kv_B_per_token, r.kv_cache[1].written_B);
  EXPECT_DOUBLE_EQ(tokens.at("KV from dram[0] to gpu[0].hbm") * r.model.kv_B_per_token, r.kv_cache[1].read_B);
  double most = 0;
  for (const auto& s : trace.samples)
    if (trace.tracks.at(s.track).name == "KV stored in dram[0]")
      most = std::max(most, s.value);
  EXPECT_GT(most, 0);
  EXPECT_LE(most, static_cast<double>(r.kv_cache[1].capacity_tokens));
}

SIM_TEST(run_trace, phases_fill_the_run_and_power_adds_up_to_its_energy) {
  const traced_run run;
  double time = 0, energy = 0;
  std::vector<perfetto_trace::sample> power;
  for (const auto& s : run.trace.slices)
    if (run.trace.tracks.at(s.track).name == "steps")
      time += seconds(s);
  for (const auto& s : run.trace.samples)
    if (run.trace.tracks.at(s.track).name == "power")
      power.push_back(s);
  for (std::size_t i = 0; i < power.size(); ++i) {
    const double until = i + 1 < power.size() ? static_cast<double>(power[i + 1].at) * 1e-9 : run.result.simulated_s;
    energy += power[i].value * (until - static_cast<double>(power[i].at) * 1e-9);
  }
  EXPECT_NEAR(time, run.result.simulated_s, 1e-9 * 50);
  EXPECT_NEAR(energy, run.result.energy_J, 1e-4 * run.result.energy_J);
}

} // namespace
