// SPDX-License-Identifier: Apache-2.0
// The fabric's hot paths: flits of the packet mesh, words of a collective.
#include "models/fabric/collective_program.hpp"
#include "models/fabric/mesh_load.hpp"

#include <benchmark/benchmark.h>

namespace {

using namespace strata;

/// Flits delivered by a square mesh; arguments: side, flits of a packet, hundredths of a flit per core and cycle, channels.
void mesh_flits(benchmark::State& state) {
  fabric::packet_mesh_config c;
  c.width = c.height = static_cast<unsigned>(state.range(0));
  c.vcs = static_cast<unsigned>(state.range(3));
  fabric::mesh_load load;
  load.packet_flits = static_cast<unsigned>(state.range(1));
  load.injection = 0.01 * static_cast<double>(state.range(2));
  std::int64_t flits = 0;
  for (auto _ : state)
    flits += static_cast<std::int64_t>(fabric::run_load(c, load).flits);
  state.SetItemsProcessed(flits);
}
BENCHMARK(mesh_flits)->Args({8, 1, 20, 4})->Args({8, 4, 20, 4})->Args({8, 1, 40, 4})->Args({16, 1, 10, 4})->Args({8, 1, 15, 1})->Args({64, 1, 2, 4});

/// Words over links in a reduction of a row of 256 cores; the argument is the words of the vector.
void reduce_words(benchmark::State& state) {
  const base::collective_request r{base::collective::reduce, base::reduce_algorithm::two_phase, 256, 1, static_cast<std::uint64_t>(state.range(0))};
  std::int64_t hops = 0;
  for (auto _ : state)
    hops += static_cast<std::int64_t>(fabric::simulate(r, {}).word_hops);
  state.SetItemsProcessed(hops);
}
BENCHMARK(reduce_words)->Arg(16)->Arg(256);

/// Planning of a reduction over 750 cores; the argument is the words of the vector.
void plan_reduction(benchmark::State& state) {
  for (auto _ : state)
    benchmark::DoNotOptimize(base::make_reduce_tree(base::reduce_algorithm::auto_gen, 750, static_cast<std::uint64_t>(state.range(0)), {}));
}
BENCHMARK(plan_reduction)->Arg(1)->Arg(64)->Arg(4096)->Unit(benchmark::kMillisecond);

/// A WSE-3 of 900,000 idle cores.
void elaborate_wafer(benchmark::State& state) {
  fabric::colour_mesh_config c;
  c.width = 750;
  c.height = 1200;
  for (auto _ : state)
    benchmark::DoNotOptimize(fabric::colour_mesh(c).footprint());
}
BENCHMARK(elaborate_wafer)->Unit(benchmark::kMillisecond);

} // namespace
