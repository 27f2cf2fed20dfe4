// SPDX-License-Identifier: Apache-2.0
// Runs packets up to saturation, and collectives at three levels.
#include "sc_main/microbench/fabric_bench.hpp"

#include "models/fabric/collective_program.hpp"
#include "traffic/requests/quantile_sketch.hpp"

#include <algorithm>
#include <cmath>
#include <ctime>

namespace strata::cli {
namespace {

double cpu_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

fabric_bench_result run_packets(const fabric_bench_options& o) {
  fabric::packet_mesh_config c = o.router;
  c.width = o.width ? o.width : 8;
  c.height = o.height ? o.height : c.width;
  fabric::mesh_load load;
  load.pattern = *o.pattern.traffic;
  load.packet_flits = o.flits;
  load.measured = o.cycles;
  load.warm_up = o.warm_up;
  load.seed = o.seed;
  fabric_bench_result r;
  r.columns = {{"injection", "flit/cycle"}, {"accepted", "flit/cycle"}, {"stable", "1"}, {"mean_latency", "cycle"},
               {"p50", "cycle"}, {"p99", "cycle"}, {"network_latency", "cycle"}, {"hops", "1"}, {"energy", "J"}};
  std::uint64_t flits = 0, hops = 0, cycles = 0;
  const double start = cpu_seconds();
  const auto measure = [&](double injection) {
    load.injection = injection;
    auto m = fabric::run_load(c, load);
    const auto latency = traffic::distribution_of(m.latencies);
    const double energy = o.energy.of(static_cast<double>(m.flits), static_cast<double>(m.flit_hops)).value();
    r.rows.push_back({injection, m.accepted, m.stable ? 1.0 : 0.0, latency.mean, latency.p50, latency.p99, m.mean_network_latency, m.mean_hops, energy});
    flits += m.flits;
    hops += m.flit_hops + m.flits; // routers passed, as others count
    cycles += m.cycles;
    return m.stable;
  };
  if (o.injection > 0) {
    measure(o.injection);
  } else {
    const double most = fabric::saturation(c, load);
    for (const double share : {0.01, 0.2, 0.4, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0})
      measure(share * most);
    r.summary = {{{"saturation", "flit/cycle"}, most}};
  }
  const double cpu = cpu_seconds() - start;
  r.host = {{{"cpu_time", "s"}, cpu}};
  if (o.injection > 0)
    r.host.insert(r.host.end(), {{{"flits_per_cpu_second", "1/s"}, static_cast<double>(flits) / cpu},
                                 {{"flit_routers_per_cpu_second", "1/s"}, static_cast<double>(hops) / cpu},
                                 {{"cycles_per_cpu_second", "1/s"}, static_cast<double>(cycles) / cpu}});
  return r;
}

fabric_bench_result run_collectives(const fabric_bench_options& o) {
  std::vector<unsigned> widths;
  std::vector<std::uint64_t> words;
  if (o.vector_bytes.value() > 0) {
    widths = {o.width ? o.width : 750};
    words = {static_cast<std::uint64_t>(o.vector_bytes.value()) / 4};
  } else {
    for (const unsigned w : {16u, 32u, 64u, 128u, 256u, 512u, 750u})
      if (o.width == 0 || w < o.width)
        widths.push_back(w);
    if (o.width)
      widths.push_back(o.width);
    words = {1, 4, 16, 64, 256, 1024, 4096};
  }
  fabric_bench_result r;
  r.columns = {{"cores", "1"}, {"rows", "1"}, {"vector", "B"}, {"cycles", "cycle"}, {"time", "s"}, {"model", "cycle"},
               {"error_to_model", "1"}, {"stream", "cycle"}, {"stream_error", "1"}, {"word_hops", "1"}, {"energy", "J"}};
  double model_sum = 0, model_most = 0, stream_most = 0;
  std::uint64_t hops = 0;
  const double start = cpu_seconds();
  for (const unsigned width : widths)
    for (const std::uint64_t n : words) {
      const base::collective_request request{o.pattern.collective, o.algorithm, width, std::max(1u, o.height), n};
      if (request.kind == base::collective::all_gather && n * width > 100'000)
        continue; // beyond the memory of a core
      const auto burst = fabric::simulate(request, o.wavelets);
      const auto stream = base::cost_of(request, o.wavelets.timing);
      const double cycles = static_cast<double>(burst.cycles), model = base::model_cycles(request, o.wavelets.timing);
      const double model_error = cycles / model - 1, stream_error = static_cast<double>(stream.cycles) / cycles - 1;
      const double delivered = static_cast<double>(n) * width * request.height;
      r.rows.push_back({double(width), double(request.height), static_cast<double>(4 * n), cycles, cycles / o.clock.value(), model, model_error,
                        static_cast<double>(stream.cycles), stream_error, static_cast<double>(burst.word_hops),
                        o.energy.of(delivered, static_cast<double>(burst.word_hops)).value()});
      model_sum += std::abs(model_error);
      model_most = std::max(model_most, std::abs(model_error));
      stream_most = std::max(stream_most, std::abs(stream_error));
      hops += burst.word_hops;
    }
  const double cpu = cpu_seconds() - start, rows = static_cast<double>(r.rows.size());
  r.summary = {{{"error_to_model_mean", "1"}, model_sum / rows}, {{"error_to_model_most", "1"}, std::isnan(model_sum) ? model_sum : model_most},
               {{"stream_error_most", "1"}, stream_most}};
  r.host = {{{"cpu_time", "s"}, cpu}, {{"word_hops_per_cpu_second", "1/s"}, static_cast<double>(hops) / cpu}};
  return r;
}

} // namespace

fabric_bench_result run_fabric_bench(const fabric_bench_options& o) { return o.packets() ? run_packets(o) : run_collectives(o); }

} // namespace strata::cli
