// SPDX-License-Identifier: Apache-2.0
// The DRAM hot paths: requests of the burst level by pattern, and the cost of a stream by its length.
#include "models/dram/load_test.hpp"
#include "models/dram/dram_policy.hpp"

#include <benchmark/benchmark.h>

namespace {

using namespace strata;

void burst_requests(benchmark::State& state, dram::address_order order, double reads) {
  const dram::dram_config config; // one HBM3-6400 pseudo channel
  dram::pattern p;
  p.order = order;
  p.unit = config.burst_bytes();
  p.capacity = config.capacity_bytes();
  p.reads = reads;
  constexpr std::uint64_t requests = 50'000;
  for (auto _ : state)
    benchmark::DoNotOptimize(dram::load_test(config, dram::make_sequence(p), requests, 0));
  state.SetItemsProcessed(static_cast<std::int64_t>(requests) * state.iterations());
}
BENCHMARK_CAPTURE(burst_requests, sequential_reads, dram::address_order::sequential, 1.0);
BENCHMARK_CAPTURE(burst_requests, random_reads, dram::address_order::random, 1.0);
BENCHMARK_CAPTURE(burst_requests, sequential_two_reads_a_write, dram::address_order::sequential, 2.0 / 3);

/// One stream after the other through the stream level; the argument is its length in bytes.
void streams(benchmark::State& state) {
  dram::dram_config config;
  config.channels = 16;
  const auto policy = dram::make_policy(config);
  base::femtoseconds now = 0;
  std::vector<std::uint64_t> done;
  for (auto _ : state) {
    base::memory_access access{0, 0, false, {}};
    access.stream.bytes = static_cast<std::uint64_t>(state.range(0));
    policy->start(now, access);
    for (done.clear(); done.empty();) {
      now = policy->next();
      policy->advance(now, done);
    }
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(streams)->RangeMultiplier(64)->Range(4 << 10, 64 << 20);

} // namespace
