// SPDX-License-Identifier: Apache-2.0
// An invented run with round numbers, for tests of the reports. Nothing in it was simulated.
#pragma once

#include "sc_main/run/run_options.hpp"
#include "sc_main/run/run_result.hpp"

namespace strata::cli::test {

inline run_options sample_options() {
  run_options o;
  o.platform = "toy";
  o.model = "toy-1b";
  o.batch = 2;
  o.set = {"gpu[*].hbm.channels=40"};
  return o;
}

inline run_result sample_result() {
  run_result r;
  r.platform = "toy";
  r.platform_file = "toy.yaml";
  r.configuration = "platform: toy\n";
  r.model = {"toy-1b", 1.5e9, 16, "fp8", "bf16", 1.5e9, 32768};
  r.kv_cache = {{"gpu[*].hbm", false, 1000000, 32.768e9}};
  constexpr std::int64_t ms = 1000000000; // in ps
  r.requests = {{1, 0, 0, 50 * ms, 250 * ms, 100, 11, 0, 0, 0, false, 0}, {2, 5 * ms, 0, 0, 0, 9999999, 10, 0, 0, 0, true, 9000000}};
  r.latency.completed = 1;
  r.latency.rejected = 1;
  r.latency.prompt_tokens = 100;
  r.latency.output_tokens = 11;
  r.latency.ttft = {0.05, 0.05, 0.06, 0.07, {0.05}};
  r.latency.tpot = {0.02, 0.02, 0.021, 0.022, {0.02}};
  r.latency.end_to_end = {0.25, 0.25, 0.26, 0.27, {0.25}};
  r.latency.output_tokens_per_s = 44;
  r.latency.output_tokens_per_s_per_user = 50;
  r.latency.prompt_tokens_per_s = 400;
  r.components = {{"gpu[0].hbm", "dram_controller", 8, 1, 10,
                   {{"read", "B", "hbm", "bytes read", 4e9, 0.5, 0.2, 20e9, 0.8},
                    {"write", "B", "hbm", "bytes, written", 1e9, 0.125, 0.05, 20e9, 0.2}},
                   {{"channels", "40", "datasheet, page 3", "A"}}},
                  {"host", "host_cpu", 1, 1, 120, {}, {}}};
  r.phases = {{"prefill", 0.05, 1, 100, 20, "gpu compute", {{"gpu compute", 0.9}}, {}, {{"matrix.fp8", 3e11}}, {{"gpu[*].hbm", 2e9}}},
              {"decode", 0.2, 10, 10, 30, "gpu[*].hbm", {{"gpu[*].hbm", 0.8}}, {{"operands", 0.15}, {"launch", 0.05}}, {{"matrix.fp8", 3e10}}, {{"gpu[*].hbm", 3e10}}}};
  r.graph = {{{"host", "host_cpu", 1}, {"gpu[*].hbm", "dram_controller", 8}}, {{"host", "gpu[*].hbm", 8}}};
  r.timeline.bin_s = 0.125;
  r.timeline.phases = {{0, 0}, {0.4, 0}, {0.6, 1}, {0, 0}};
  r.timeline.utilisation = {{"gpu[*].hbm.read", {0.7, 0.9}}};
  r.timeline.power_W = {190, 210};
  r.timeline.kv_cache = {{{60, 111}, {0, 5}}};
  r.timeline.waiting = {0, 0};
  r.timeline.served = {0.6, 1};
  r.levels = {{"hbm", 5, 40e9}, {"static", 45, 0}};
  r.audits = {{"energy", true, "parts 50 J, whole 50 J"}};
  r.fidelity = {"step", 6, 5, 2, 0.001, 0.004};
  r.simulated_s = 0.25;
  r.energy_J = 50;
  r.supply.rating = base::power::of(500);
  r.supply.network_cards = base::power::of(50);
  r.host_cpu_s = 0.5;
  return r;
}

} // namespace strata::cli::test
