// SPDX-License-Identifier: Apache-2.0
#include "traffic/requests/benchmark.hpp"

#include "traffic/requests/generator.hpp"

#include <algorithm>

namespace strata::traffic {

const std::vector<benchmark>& benchmarks() {
  // Medians give the means above after clipping.
  static const std::vector<benchmark> table{
      {"llama-2-70b", {{{1, 222.3, 0.8}}, 1, 1024}, {{{1, 222.3, 0.8}}, 1, 1024}, 2, 0.2, 0.45, 0.04, 24576},
      {"llama-3.1-405b", {{{1, 8255.4, 0.6}}, 1, 20000}, {{{1, 550.8, 0.7}}, 1, 2000}, 6, 0.175, 4.5, 0.08, 8313},
      {"llama-3.1-8b", {{{1, 771.6, 0.5}}, 1, 2540}, {{{1, 128, 0, family::constant}}}, 2, 0.1, 0.5, 0.03, 13368}};
  return table;
}

const benchmark* find_benchmark(const std::string& model) {
  const auto& all = benchmarks();
  const auto it = std::find_if(all.begin(), all.end(), [&model](const benchmark& b) { return b.model == model; });
  return it == all.end() ? nullptr : &*it;
}

request_trace requests_of(const benchmark& b, scenario s, std::uint64_t requests, double rate, std::uint64_t seed) {
  generator_config g;
  g.requests = requests;
  g.rate = rate;
  g.prompt = b.prompt;
  g.output = b.output;
  g.seed = seed;
  request_trace trace{generate(g)};
  if (s == scenario::offline)
    for (request& q : trace.requests)
      q.arrival_ps = 0;
  else
    trace.classes = {s == scenario::server ? service_class{"server", b.server_ttft_s, b.server_tpot_s}
                                           : service_class{"interactive", b.interactive_ttft_s, b.interactive_tpot_s}};
  return trace;
}

} // namespace strata::traffic
