// SPDX-License-Identifier: Apache-2.0
// Everything that decides a simulation besides the netlist itself. Declared once: command line, help text and the
// options recorded in results all come from option_groups().
#pragma once

#include "models/base/parameter.hpp"
#include "traffic/kv/eviction_list.hpp"
#include "traffic/llm/number_format.hpp"
#include "traffic/lowering/placement.hpp"
#include "traffic/requests/benchmark.hpp"
#include "traffic/serving/router.hpp"
#include "traffic/serving/schedule_policy.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace strata::cli {

/// What becomes of running sequences where KV cache runs out.
enum class preemption { off, recompute, swap };

/// How finely time is resolved; see docs/guide.md.
enum class fidelity { burst, stream, step };

/// Whose KV comes up to the platform's first store ahead of need: nobody's; that of requests that wait for admission; and
/// that of agents whose tools are about to return.
enum class prefetching { off, on_arrival, on_return };

enum class traffic_kind { none, trace, workload, batch, closed, generated, benchmark };

struct run_options {
  std::string platform;           ///< shipped name or path of a netlist
  std::vector<std::string> set;   ///< "PATH=VALUE" overrides, in order

  std::string model;              ///< shipped name, or path of a config.json or its folder
  traffic::weight_formats weights;
  traffic::number_format kv_dtype;
  traffic::placement placement = traffic::placement::square;
  std::uint32_t resident_layers = 0; ///< of a wafer that streams its weights
  bool expert_parallel = false;   ///< whole experts on tensor ranks instead of slices of all
  bool data_attention = false;    ///< every tensor rank attends to sequences of its own; goes with whole experts
  unsigned context_parallel = 1;  ///< sets into which tensor ranks are divided, each with a part of every context
  unsigned decode_context_parallel = 1; ///< ranks with the same heads' keys that have parts of them instead of copies

  std::string trace;              ///< file in one of the known formats; empty = not this kind of traffic
  std::string workload;           ///< file that describes clients; empty = not this kind of traffic
  std::uint64_t requests = 0;     ///< trace, workload: first N, 0 = all; clients, generated: how many; scenario: how many, 0 = as many as suffice
  double rate_scale = 1;          ///< arrivals of a trace come this many times as fast
  std::uint32_t sessions = 1;     ///< of agents at once, where the trace has such
  double tool_speed = 1;          ///< agents' tools are this many times as fast as recorded
  double tool_cpu = 0;            ///< share of agents' tools' time that is work for the platform's hosts
  bool whole_calls = false;       ///< that share of the calls is all work, the others none
  unsigned tool_cores = 1;        ///< that a call works on
  bool people = true;             ///< agents wait for their users as recorded
  std::uint32_t batch = 0;        ///< requests that arrive together at time 0; 0 = not this kind of traffic
  std::uint32_t clients = 0;      ///< closed loop: each sends its next request when its last has ended; 0 = not this kind
  std::uint32_t prompt = 1024;    ///< tokens per request of a batch or client
  std::uint32_t output = 128;     ///< likewise
  double length_spread = 0;       ///< clients: lengths are uniform in (1 - spread) ... 1 of these
  bool generate = false;
  traffic::scenario scenario = traffic::scenario::none; ///< of MLPerf's benchmark of the model; none = not this kind of traffic
  double rate = 1;                ///< requests/s, Poisson
  bool search_rate = false;       ///< the highest at which the scenario's latencies are kept is to be found first
  double prompt_median = 1024;    ///< tokens, log-normal
  double prompt_sigma = 0.8;      ///< of ln(tokens)
  double output_median = 128;     ///< tokens, log-normal
  double output_sigma = 0.8;      ///< of ln(tokens)
  std::uint64_t seed = 1;

  cli::fidelity fidelity = cli::fidelity::stream;
  bool no_symmetry = false;
  std::string framework;          ///< serving software whose host costs replace the netlist's; empty = as the netlist says
  std::uint32_t max_batch = 256;  ///< sequences in service at once
  std::uint32_t step_tokens = 2048; ///< prompt tokens in one step at most
  bool chunked_prefill = true;    ///< a prompt may take what is left of a step
  std::uint32_t batch_wait = 0;   ///< steps that prompts wait for others, while sequences decode
  double batch_wait_fill = 0.9;   ///< share of a step's tokens that ends this wait
  bool prefix_cache = false;      ///< keep prompts' blocks for later requests, where the trace has their hashes
  traffic::eviction_list eviction; ///< of kept blocks: devices' memory, then the platform's stores
  traffic::schedule schedule = traffic::schedule::fcfs;
  unsigned replicas = 1;          ///< copies of the platform, each with an engine of its own
  unsigned prefill_replicas = 0, decode_replicas = 0; ///< of each pool; 0 = as many as `replicas`
  traffic::routing router = traffic::routing::round_robin;
  bool write_through = false;     ///< computed prompts' blocks are written to the first pooled store at once
  prefetching prefetch = prefetching::off;
  bool foresee_mean = true;       ///< tools' return is foretold by the mean of earlier ones, else as it will be
  preemption preempt = preemption::off;
  std::uint32_t speculate = 0;    ///< tokens drafted for a sequence in a step; 0 = no speculative decoding
  std::string draft = "head";     ///< who drafts them: a head on the model, or another model as in `model`
  double acceptance = 0.7;        ///< probability that a drafted token is accepted where those before it are
  double slo_ttft = 2;            ///< s, objective of the time to the first token
  double slo_tpot = 0.1;          ///< s, objective of the time per further token
  bool check_protocol = false;

  std::string out;                ///< output folder, empty = none
  std::string perfetto;           ///< file of the trace, empty = none

  traffic_kind traffic() const;
};

struct option_group {
  std::string title;
  base::parameter_list options;
};

/// The declared options, bound to the fields of `options` (which must outlive the result).
std::vector<option_group> option_groups(run_options& options);

/// The options --placement and --resident-layers.
void add_placement(base::parameter_list& options, traffic::placement& p, std::uint32_t& resident_layers);

/// One line about the requests, e.g. "trace conversation.csv, first 64 requests".
std::string traffic_text(const run_options& options);

} // namespace strata::cli
