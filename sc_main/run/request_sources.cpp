// SPDX-License-Identifier: Apache-2.0
#include "sc_main/run/request_sources.hpp"

#include "models/base/diagnostic.hpp"
#include "sc_main/run/workload_file.hpp"
#include "traffic/requests/generator.hpp"
#include "traffic/requests/trace_file.hpp"

#include <algorithm>

namespace strata::cli {

namespace {

traffic::generator_config generated(const run_options& o) {
  traffic::generator_config g;
  g.requests = o.requests;
  g.rate = o.rate;
  g.prompt.parts = {{1, o.prompt_median, o.prompt_sigma}};
  g.output.parts = {{1, o.output_median, o.output_sigma}};
  g.seed = o.seed;
  return g;
}

traffic::closed_loop_config clients(const run_options& o) {
  const auto least = [&o](std::uint32_t most) {
    return std::max(1u, static_cast<std::uint32_t>(most * (1 - o.length_spread) + 0.5));
  };
  return {o.clients, o.requests, least(o.prompt), o.prompt, least(o.output), o.output, o.seed};
}

traffic::request_trace benchmark_requests(const run_options& o) {
  const traffic::benchmark* b = traffic::find_benchmark(o.model);
  if (!b) {
    std::string known;
    for (const traffic::benchmark& other : traffic::benchmarks())
      known += (known.empty() ? "" : ", ") + other.model;
    throw base::input_error({}, "--scenario: MLPerf has no benchmark of " + o.model + ", expected --model to be one of " + known);
  }
  return traffic::requests_of(*b, o.scenario, o.requests > 0 ? o.requests : b->requests, o.rate, o.seed);
}

} // namespace

std::unique_ptr<traffic::request_source> request_source_of(const run_options& o, traffic::tool_behaviour tools) {
  const traffic::trace_options as_trace{o.requests, o.rate_scale, o.sessions, o.tool_speed, o.people};
  switch (o.traffic()) {
  case traffic_kind::trace: return traffic::open_trace(o.trace, as_trace, std::move(tools));
  case traffic_kind::workload:
    return traffic::source_of(traffic::generate(read_workload(o.workload), o.seed, as_trace), o.sessions, std::move(tools));
  case traffic_kind::batch: return std::make_unique<traffic::request_list>(traffic::fixed_batch(o.batch, o.prompt, o.output));
  case traffic_kind::closed: return std::make_unique<traffic::closed_loop>(clients(o));
  case traffic_kind::generated: return std::make_unique<traffic::generated_requests>(generated(o));
  case traffic_kind::benchmark: return traffic::source_of(benchmark_requests(o), 1);
  case traffic_kind::none: break;
  }
  throw base::input_error({}, "no traffic given, expected --trace, --workload, --batch, --clients, --generate or --scenario");
}

} // namespace strata::cli
