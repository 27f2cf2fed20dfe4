// SPDX-License-Identifier: Apache-2.0
// The language-model benchmarks of MLPerf Inference v5: what their clients ask, and within which latencies. Kernel-free.
#pragma once

#include "traffic/requests/mixture.hpp"
#include "traffic/requests/request_trace.hpp"

#include <string>

namespace strata::traffic {

/// offline: all requests are there at the start, and throughput counts. server, interactive: Poisson arrivals at a rate, of
/// which the 99th percentile of requests is to keep latencies.
enum class scenario { none, offline, server, interactive };

struct benchmark {
  std::string model;
  mixture prompt, output;           ///< tokens
  double server_ttft_s, server_tpot_s, interactive_ttft_s, interactive_tpot_s;
  std::uint64_t requests;           ///< of its data set, and of a run where nothing else is said
};

/// Bounds and numbers of requests are those of the load generator's configuration (mlcommons/inference, loadgen/mlperf.conf, v5.1; published).
/// Lengths approximate the data sets: their published means and limits, and log-normal spreads that are estimates
/// (OpenOrca 294 and 294 tokens, at most 1024; the long-context set of Llama-3.1-405B 9400 and 680, at most 20000 and
/// 2000; CNN-DailyMail 870, at most 2540, and 128 always).
const std::vector<benchmark>& benchmarks();

/// That of `model`; null where MLPerf has none.
const benchmark* find_benchmark(const std::string& model);

/// Requests of `b` with one class, which has the scenario's objectives; `rate` per second unless offline.
request_trace requests_of(const benchmark& b, scenario s, std::uint64_t requests, double rate, std::uint64_t seed);

} // namespace strata::traffic
