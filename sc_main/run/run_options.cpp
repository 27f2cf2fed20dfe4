// SPDX-License-Identifier: Apache-2.0
// Declaration of the options: names, ranges, descriptions.
#include "sc_main/run/run_options.hpp"

namespace strata::cli {
namespace {

template <class T>
using choices = std::vector<std::pair<std::string, T>>;

const choices<cli::fidelity>& fidelities() {
  static const choices<cli::fidelity> table{
      {"burst", fidelity::burst}, {"stream", fidelity::stream}, {"step", fidelity::step}};
  return table;
}

constexpr double most_tokens = 16777216; ///< per request; far above any context length, far below overflow

} // namespace

void add_placement(base::parameter_list& options, traffic::placement& p, std::uint32_t& resident_layers) {
  options.add_choice("placement", p, {{"square", traffic::placement::square}, {"shortest", traffic::placement::shortest}},
                     "layers on a wafer: rectangles in rows, as square as can be; or of all foldings that hold as much KV "
                     "cache within a tenth the one with the shortest decode step");
  options.add("resident-layers", resident_layers, base::between(0, 10000),
              "of a wafer that streams its weights: so many of the first layers stay on it");
}

traffic_kind run_options::traffic() const {
  return !trace.empty()      ? traffic_kind::trace
         : !workload.empty() ? traffic_kind::workload
         : batch > 0         ? traffic_kind::batch
         : clients > 0       ? traffic_kind::closed
         : generate          ? traffic_kind::generated
         : scenario != traffic::scenario::none ? traffic_kind::benchmark
                             : traffic_kind::none;
}

std::vector<option_group> option_groups(run_options& o) {
  using base::between, base::positive, base::non_negative;
  std::vector<option_group> groups(5);
  auto& model = groups[0];
  model.title = "Model";
  model.options.add("model", o.model, "shipped model, or a Hugging Face config.json or its folder");
  const std::string formats = "bf16 | fp16 | fp32 | fp8 | fp8_block | int8 | nvfp4 | mxfp4 | int4";
  model.options.add_parsed("weights", o.weights, formats,
                           "format of the linear layers' weights; by class: attention=bf16,ffn=fp8,experts=mxfp4");
  model.options.add_parsed("kv-dtype", o.kv_dtype, formats, "format of the KV cache");
  add_placement(model.options, o.placement, o.resident_layers);
  model.options.add("expert-parallel", o.expert_parallel, "tensor ranks hold whole experts instead of a slice of every one");

  model.options.add_choice("attention", o.data_attention, choices<bool>{{"tensor", false}, {"data", true}},
                           "tensor: ranks share every sequence's heads; data: each rank has sequences and KV cache of its own, and experts "
                           "are spread over all of them (models with experts)");
  model.options.add("context-parallel", o.context_parallel, between(1, 65536),
                    "ranks are divided into so many sets: each splits layers by itself and has its share of a step's tokens and of every "
                    "sequence's KV cache; with --expert-parallel experts are spread over all sets");
  model.options.add("decode-context-parallel", o.decode_context_parallel, between(1, 65536),
                    "so many of the ranks that have copies of the same keys, because they outnumber key-value heads or keys are latent, "
                    "have parts of every sequence's KV cache instead");

  auto& traffic = groups[1];
  traffic.title = "Traffic (one of --trace, --workload, --batch, --clients, --generate, --scenario)";
  traffic.options.add("trace", o.trace, "file of requests: own format, Mooncake, agent sessions or LLMServingSim (JSON lines), Azure or BurstGPT (CSV)");
  traffic.options.add("workload", o.workload, "file that describes many clients of several kinds (YAML, docs/requests.md)");
  traffic.options.add("requests", o.requests, between(0, 1e9),
                      "trace, workload: the first N requests, 0 = all of them; clients, generate, scenario: how many");
  traffic.options.add("rate-scale", o.rate_scale, positive(), "trace, workload: arrivals come this many times as fast");
  traffic.options.add("sessions", o.sessions, between(1, 1e6), "trace of sessions without arrivals of their own: this many are at work at once");
  traffic.options.add("tool-speed", o.tool_speed, positive(), "trace of sessions: tools are this many times as fast as recorded");
  traffic.options.add("tool-cpu", o.tool_cpu, between(0, 1),
                      "sessions: share of tools' time that is work for cores of the platform's hosts, where calls may have to wait");
  traffic.options.add_choice("tool-mix", o.whole_calls, choices<bool>{{"each", false}, {"calls", true}},
                             "each call works for that share of its time, or that share of the calls all the time");
  traffic.options.add("tool-cores", o.tool_cores, between(1, 65536), "sessions: cores that a call works on at once");
  traffic.options.add_choice("people", o.people, choices<bool>{{"wait", true}, {"off", false}},
                             "trace of sessions: gaps in which an agent waits for its user last as recorded, or are left out");
  traffic.options.add("batch", o.batch, between(0, 1e6), "this many requests arrive together at time 0");
  traffic.options.add("clients", o.clients, between(0, 1e6),
                      "this many clients, each sending its next request when its last has ended (closed loop)");
  traffic.options.add("prompt", o.prompt, between(1, most_tokens), "batch, clients: prompt tokens of each request");
  traffic.options.add("output", o.output, between(1, most_tokens), "batch, clients: output tokens of each request");
  traffic.options.add("length-spread", o.length_spread, between(0, 0.99),
                      "clients: lengths are uniform between (1 - spread) times these and these");
  traffic.options.add("generate", o.generate, "Poisson arrivals with log-normal lengths");
  traffic.options.add_choice("scenario", o.scenario,
                             choices<traffic::scenario>{{"none", traffic::scenario::none},
                                                        {"offline", traffic::scenario::offline},
                                                        {"server", traffic::scenario::server},
                                                        {"interactive", traffic::scenario::interactive}},
                             "MLPerf Inference v5: lengths of the model's benchmark; offline: all requests at once; server, interactive: "
                             "Poisson arrivals, at --rate or at the highest rate that keeps the scenario's latencies (99th percentiles)");
  traffic.options.add("rate", o.rate, positive(), "generate, scenario: requests per second");
  traffic.options.add("prompt-median", o.prompt_median, between(1, most_tokens), "generate: median prompt tokens");
  traffic.options.add("prompt-sigma", o.prompt_sigma, between(0, 4), "generate: standard deviation of ln(prompt)");
  traffic.options.add("output-median", o.output_median, between(1, most_tokens), "generate: median output tokens");
  traffic.options.add("output-sigma", o.output_sigma, between(0, 4), "generate: standard deviation of ln(output)");
  traffic.options.add("seed", o.seed, non_negative(), "workload, clients, generate, scenario, speculate: seed of the random numbers");

  auto& simulation = groups[2];
  simulation.title = "Simulation";
  simulation.options.add_choice("fidelity", o.fidelity, fidelities(),
                                "burst: every burst and flit; stream: tensor-sized transfers; step: stream, "
                                "with outcomes of like steps reused");
  simulation.options.add("no-symmetry", o.no_symmetry, "simulate all of a set of equal devices instead of one");
  simulation.options.add("framework", o.framework,
                         "serving software whose costs on the host apply, one of technology/framework_*; default: the netlist's");
  simulation.options.add("check-protocol", o.check_protocol, "put a TLM protocol checker on every binding");

  auto& serving = groups[3];
  serving.title = "Serving";
  serving.options.add("max-batch", o.max_batch, between(1, 65536), "sequences in service at once");
  serving.options.add("step-tokens", o.step_tokens, between(1, most_tokens), "prompt tokens per step at most");
  serving.options.add_choice("chunked-prefill", o.chunked_prefill, choices<bool>{{"on", true}, {"off", false}},
                             "off: a prompt that does not fit what is left of a step waits for one that has room for all of it");
  serving.options.add("batch-wait", o.batch_wait, between(0, 65536),
                      "steps that prompts wait, while sequences decode, for others to be computed with");
  serving.options.add("batch-wait-fill", o.batch_wait_fill, between(0, 1), "share of --step-tokens that ends this wait");
  serving.options.add("replicas", o.replicas, between(1, 4096),
                      "copies of the platform behind one router, each serving with an engine of its own; at --fidelity step");
  serving.options.add("prefill-replicas", o.prefill_replicas, between(0, 4096),
                      "platform of two pools: so many prefill pools, 0 = as --replicas");
  serving.options.add("decode-replicas", o.decode_replicas, between(0, 4096), "and so many decode pools");
  serving.options.add_choice("router", o.router,
                             choices<traffic::routing>{{"round-robin", traffic::routing::round_robin},
                                                       {"least-loaded", traffic::routing::least_loaded},
                                                       {"kv-aware", traffic::routing::kv_aware}},
                             "which replica serves a request: in turn; with the fewest tokens to compute and produce; the same, "
                             "counting what it does not hold of the request's prompt");
  serving.options.add_choice("schedule", o.schedule,
                             choices<traffic::schedule>{{"fcfs", traffic::schedule::fcfs},
                                                        {"shortest-prompt", traffic::schedule::shortest_prompt},
                                                        {"priority", traffic::schedule::priority},
                                                        {"deadline", traffic::schedule::deadline}},
                             "order of admission; deadline: earliest --slo-ttft first, requests that have missed it last");
  serving.options.add_choice("preempt", o.preempt,
                             choices<preemption>{{"off", preemption::off}, {"recompute", preemption::recompute}, {"swap", preemption::swap}},
                             "off: admission takes KV cache for the whole output; else for the prompt, and where it runs "
                             "out the last sequence waits again; swap: its blocks are kept while room lasts");
  serving.options.add_choice("prefix-cache", o.prefix_cache, choices<bool>{{"off", false}, {"on", true}},
                             "on: prompts' blocks stay in KV cache, then in the platform's stores, for later requests, where "
                             "a trace has their hashes");
  serving.options.add_parsed("eviction", o.eviction, "lru | lfu, each with ':' and a time if need be",
                             "of kept blocks, in KV cache and each store, between commas; after that time unused they go on "
                             "to the next store");
  serving.options.add_choice("write-through", o.write_through, choices<bool>{{"off", false}, {"on", true}},
                             "on: blocks of computed prompts are written to the first store that replicas have together at once, so that "
                             "all of them find them there; off: when they leave what is before it");
  serving.options.add_choice("prefetch", o.prefetch,
                             choices<prefetching>{{"off", prefetching::off},
                                                  {"arrival", prefetching::on_arrival},
                                                  {"return", prefetching::on_return}},
                             "arrival: what a request that waits for admission will find in slower stores comes up to the first; "
                             "return: that of agents whose tools are about to return, too");
  serving.options.add_choice("foresee", o.foresee_mean, choices<bool>{{"mean", true}, {"exact", false}},
                             "prefetch return: a tool is expected back after the mean time of earlier calls, or when it will be");
  serving.options.add("speculate", o.speculate, between(0, 64),
                      "speculative decoding: tokens drafted for each sequence and verified in one step, 0 = none");
  serving.options.add("draft", o.draft, "who drafts: head, a layer on the model (EAGLE, multi-token prediction), or a model, as --model takes it");
  serving.options.add("acceptance", o.acceptance, between(0, 1),
                      "probability that a drafted token is accepted where those before it are");
  serving.options.add("slo-ttft", o.slo_ttft, positive(), "seconds to the first token, the objective");
  serving.options.add("slo-tpot", o.slo_tpot, positive(), "seconds per further token, the objective");

  auto& output = groups[4];
  output.title = "Output";
  output.options.add("out", o.out, "folder for result.json, CSV files and the report; written whole or not at all");
  output.options.add("perfetto", o.perfetto, "file for a Perfetto trace of commands, transactions, phases, power and KV cache");
  return groups;
}

std::string traffic_text(const run_options& o) {
  const auto number = [](double v) { return base::to_text(v, {}); };
  switch (o.traffic()) {
  case traffic_kind::trace:
  case traffic_kind::workload:
    return (o.trace.empty() ? "workload " + o.workload + ", seed " + std::to_string(o.seed) : "trace " + o.trace) + (o.requests ? ", first " + std::to_string(o.requests) + " requests" : "") +
           (o.rate_scale != 1 ? ", " + number(o.rate_scale) + " times as fast" : "") +
           (o.sessions != 1 ? ", " + std::to_string(o.sessions) + " sessions at once" : "") +
           (o.tool_speed != 1 ? ", tools " + number(o.tool_speed) + " times as fast" : "") + (o.people ? "" : ", nobody waited for") +
           (o.tool_cpu > 0 ? ", " + number(100 * o.tool_cpu) + (o.whole_calls ? " % of tools' calls" : " % of tools' time") +
                                 " on " + std::to_string(o.tool_cores) + " cores each" : "");
  case traffic_kind::batch:
    return "batch of " + std::to_string(o.batch) + ", " + std::to_string(o.prompt) + " prompt and " +
           std::to_string(o.output) + " output tokens each";
  case traffic_kind::closed:
    return std::to_string(o.requests) + " requests of " + std::to_string(o.clients) + " clients, " +
           std::to_string(o.prompt) + " prompt and " + std::to_string(o.output) + " output tokens each" +
           (o.length_spread > 0 ? " or down to " + number(100 * o.length_spread) + " % less, seed " + std::to_string(o.seed) : "");
  case traffic_kind::generated:
    return std::to_string(o.requests) + " generated requests at " + number(o.rate) +
           " requests/s, median prompt " + number(o.prompt_median) + " and output " + number(o.output_median) +
           " tokens, seed " + std::to_string(o.seed);
  case traffic_kind::benchmark:
    return "MLPerf " + o.model + (o.scenario == traffic::scenario::offline ? ", offline" : (o.scenario == traffic::scenario::server ? ", server at " : ", interactive at ") + number(o.rate) + " requests/s") +
           (o.requests ? ", " + std::to_string(o.requests) + " requests" : "") + ", seed " + std::to_string(o.seed);
  case traffic_kind::none:
    break;
  }
  return "none";
}

} // namespace strata::cli
