// SPDX-License-Identifier: Apache-2.0
#include "sc_main/validate/serving_kind.hpp"

#include "sc_main/command/model_directories.hpp"
#include "sc_main/validate/published_results.hpp"
#include "sc_main/validate/validation.hpp"
#include "traffic/llm/llm_config.hpp"

#include <algorithm>
#include <cmath>

namespace strata::cli {
namespace {

constexpr double millisecond = 1e-3;
constexpr double saturated_ttft_s = 5; ///< means above it are of queues that never emptied

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

std::uint32_t whole(const reference_table& table, const reference_table::row& row, const char* column) {
  return static_cast<std::uint32_t>(std::llround(table.positive(row, column)));
}

const std::string& cell(const reference_table& table, const reference_table::row& row, const char* column) {
  static const std::string empty;
  const std::string* text = table.find(row, column);
  return text ? *text : empty;
}

/// What InferenceX starts servers with, as its published scripts (benchmarks/70b_*, gptoss_*) have it; lengths are uniform
/// in 0.8 .. 1.0 of isl and osl.
void inferencex_server(run_options& o, std::uint32_t tensor_ranks) {
  o.length_spread = 0.2;
  if (o.framework == "vllm")
    o.preempt = preemption::recompute;
  if (o.framework != "trtllm")
    return;
  constexpr std::uint32_t trtllm_fp8_tokens = 16384, gpt_oss_tokens = 20000, trtllm_wait_steps = 20, margin = 200;
  o.chunked_prefill = false;
  o.step_tokens = o.model.rfind("gpt-oss", 0) == 0 ? gpt_oss_tokens
                  : to_text(o.weights) == "fp8"    ? trtllm_fp8_tokens
                                                   : o.prompt + o.output + margin;
  if (o.model.rfind("llama", 0) == 0 && o.prompt == 1024 && o.output == 1024 && tensor_ranks < 8)
    o.batch_wait = trtllm_wait_steps;
}

/// Rows that name the framework's version are of another campaign, with fixed lengths (their TTFT does not depend on osl,
/// within 1 %), on servers that take some isl tokens a step, SGLang its default.
void versioned_server(run_options& o) {
  constexpr std::uint32_t sglang_prefill_tokens = 16384;
  o.step_tokens = o.framework == "sglang" ? sglang_prefill_tokens : o.prompt;
  if (o.framework == "vllm")
    o.set.push_back("host.steps_ahead=0"); // 0.12
}

/// Qwen scales its FP8 checkpoints by blocks, the others by rows.
traffic::weight_formats weights_of(const std::string& model, const std::string& format) {
  return traffic::weight_formats::parse(format == "fp8" && model.rfind("qwen", 0) == 0 ? "fp8_block" : format);
}

/// InferenceX: a closed loop of `batch_size` clients that send ten requests each, all at once at first.
std::optional<serving_trial> inferencex(const reference_table& table, const reference_table::row& row,
                                        const std::string& platform) {
  if (!device_of_platform(cell(table, row, "system"), platform))
    return std::nullopt;
  serving_trial t;
  const std::string& model = cell(table, row, "model_path");
  t.options = trial_options(platform, model, whole(table, row, "tp_size"));
  t.options.framework = cell(table, row, "backend");
  const std::string& format = cell(table, row, "gemm_quant_mode");
  if (!format.empty())
    t.options.weights = weights_of(t.options.model, format);
  // TensorRT-LLM keeps KV of quantised models in 8 bits. vLLM was told so on Blackwell; on Hopper early scripts had it at 16,
  // and rows of two H100 have the sequences in flight that 16 bits leave room for, not the twice as many of 8.
  const bool blackwell = platform.find("b200") != std::string::npos;
  if (!format.empty() && (t.options.framework == "trtllm" || (t.options.model.rfind("llama", 0) == 0 && blackwell)))
    t.options.kv_dtype = traffic::number_format::parse("fp8");
  t.options.clients = whole(table, row, "batch_size");
  t.options.requests = 10 * t.options.clients;
  t.options.prompt = whole(table, row, "isl");
  t.options.output = whole(table, row, "osl");
  t.options.max_batch = std::max(t.options.max_batch, t.options.clients);
  if (cell(table, row, "backend_version").empty())
    inferencex_server(t.options, whole(table, row, "tp_size"));
  else
    versioned_server(t.options);
  t.measured = {table.positive(row, "silicon_tpot_ms") * millisecond, table.positive(row, "silicon_ttft_ms") * millisecond};
  t.saturated = t.measured[1] > saturated_ttft_s;
  t.labels = {{"framework", t.options.framework},
              {"model", t.options.model + " " + to_text(t.options.weights)},
              {"tensor ranks", std::to_string(whole(table, row, "tp_size")), static_cast<int>(whole(table, row, "tp_size"))},
              size_class("concurrency", t.options.clients, {8, 32, 64}),
              size_class("prompt", t.options.prompt, {1024, 4096})};
  return t;
}

/// Energy per output token of the GPUs alone, as the ML.ENERGY benchmark meters them.
double gpu_joules_per_token(const run_result& r, double) {
  if (!r.full_load)
    return 0;
  double joules = 0;
  for (const component_result& c : r.full_load->components) {
    if (c.path.find(".gpu") == std::string::npos)
      continue;
    joules += c.static_power_W * r.full_load->time_s * c.represents;
    for (const meter_result& m : c.meters)
      joules += m.joules * c.port_represents * c.represents;
  }
  return joules / static_cast<double>(r.full_load->output_tokens);
}

/// Lengths by task, log-normal: the file gives only the answers' mean. Spreads of answers: the histograms published with the
/// results (github.com/ml-energy/leaderboard, public/data/models; coefficients of variation 0.87, 0.65, 1.5). Prompts of chats:
/// each turn of a conversation is a request with all before it, 1.3 turns of 95 + 269 tokens (Chatbot Arena,
/// arXiv:2403.04132, table 1; turns taken as geometric). The others are estimates from the tasks' public prompts.
struct task_lengths {
  const char* task;
  double prompt_mean, prompt_sigma, output_sigma; ///< tokens; of the logarithm
  std::uint32_t least_requests; ///< of a run, so that few places do not see few lengths
};
constexpr task_lengths tasks[] = {
    {"lm-arena-chat", 203, 1, 0.75, 256}, {"gpqa", 300, 0.5, 0.59, 96}, {"sourcegraph-fim", 2000, 0.5, 1.1, 256}};

const task_lengths& lengths_of(const std::string& task) {
  for (const task_lengths& t : tasks)
    if (task == t.task)
      return t;
  return tasks[0];
}

/// Whether vLLM comes with tiles for a rank's experts of `model` on `device` (fused_moe/configs, E=experts, N=width): else it
/// takes defaults.
bool tiles_tuned(const std::string& model, const std::string& device, std::uint32_t gpus) {
  struct known {
    const char *model, *device;
    std::uint32_t gpus;
  };
  static constexpr known table[] = {{"qwen3-30b-a3b", "B200", 1}, {"qwen3-30b-a3b", "H100", 1}, {"qwen3-30b-a3b", "H100", 2}};
  return std::any_of(std::begin(table), std::end(table), [&](const known& k) {
           return model == k.model && device == k.device && gpus == k.gpus;
         });
}

/// Of a log-normal distribution with that mean.
double median_of(double mean, double sigma) { return mean * std::exp(-sigma * sigma / 2); }

/// Meta's 8-bit Llama-3.1-405B keeps attention in 16 bits (arXiv:2407.21783, section 6.2).
/// ML.ENERGY: all requests are there at the start, `max_num_seqs` of them are served at once. As its configurations have it
/// (github.com/ml-energy/benchmark, configs/vllm): steps scheduled ahead, 8,192 tokens a step.
std::optional<serving_trial> mlenergy(const reference_table& table, const reference_table::row& row,
                                      const std::string& platform) {
  if (!device_of_platform(cell(table, row, "gpu"), platform))
    return std::nullopt;
  serving_trial t;
  const std::string& model = cell(table, row, "model");
  t.options = trial_options(platform, model, whole(table, row, "num_gpus"));
  run_options& o = t.options;
  o.framework = "vllm";
  if (lower(model).find("fp8") != std::string::npos)
    o.weights = o.model == "llama-3.1-405b" ? traffic::weight_formats::parse("ffn=fp8") : weights_of(o.model, "fp8");
  o.expert_parallel = whole(table, row, "ep") > 1;
  o.data_attention = whole(table, row, "dp") > 1;
  if (o.model == "llama-4-maverick")
    o.set.push_back("host.fused_experts=0"); // experts scaled by channels are CUTLASS's grouped products
  else if (!tiles_tuned(o.model, cell(table, row, "gpu"), whole(table, row, "num_gpus")))
    o.set.push_back("host.tuned_experts=0");
  o.preempt = preemption::recompute;
  o.max_batch = whole(table, row, "max_num_seqs");
  const task_lengths& lengths = lengths_of(cell(table, row, "task"));
  constexpr double all_at_once = 1e6; // requests/s
  o.generate = true;
  o.rate = all_at_once;
  o.requests = std::max(lengths.least_requests, 3 * o.max_batch);
  o.prompt_sigma = lengths.prompt_sigma;
  o.prompt_median = median_of(lengths.prompt_mean, o.prompt_sigma);
  o.output_sigma = lengths.output_sigma;
  o.output_median = median_of(table.positive(row, "avg_out_len"), o.output_sigma);
  t.measured = {table.positive(row, "median_itl_ms") * millisecond, table.positive(row, "energy_J_per_tok")};
  t.labels = {{"model", o.model.empty() ? model : o.model},
              {"gpus", std::to_string(whole(table, row, "num_gpus")), static_cast<int>(whole(table, row, "num_gpus"))},
              size_class("batch", o.max_batch, {16, 64, 256})};
  return t;
}

} // namespace

const std::vector<serving_kind>& serving_kinds() {
  static const std::vector<serving_kind> table{
      {"serving",
       "closed-loop serving with a fixed number of clients (InferenceX): TPOT and TTFT",
       {"backend", "backend_version", "model_path", "system", "isl", "osl", "gemm_quant_mode", "batch_size", "tp_size"},
       {{"TPOT", "s", [](const run_result& r, double) { return r.latency.tpot.mean; }},
        {"TTFT", "s", [](const run_result& r, double) { return r.latency.ttft.mean; }}},
       inferencex},
      {"mlenergy",
       "serving at a steady batch (ML.ENERGY): inter-token latency and GPU energy per output token",
       {"model", "task", "gpu", "num_gpus", "ep", "dp", "max_num_seqs", "avg_batch", "avg_out_len"},
       {{"ITL", "s", [](const run_result& r, double) { return r.latency.gap.p50; }},
        {"energy per token", "J", gpu_joules_per_token}},
       mlenergy},
      {"results",
       "published tables, a figure a row (TensorRT-LLM, MLPerf, Splitwise): throughput, latencies, power and energy of the system",
       published_columns(), published_figures(), published_trial},
  };
  return table;
}

const serving_kind* find_serving_kind(const std::string& name) {
  for (const serving_kind& k : serving_kinds())
    if (name == k.name)
      return &k;
  return nullptr;
}

run_options trial_options(const std::string& platform, const std::string& published_model, std::uint32_t gpus) {
  run_options o;
  o.platform = platform;
  o.model = bundled_model_of(published_model);
  o.fidelity = fidelity::step;
  o.step_tokens = 8192; // the frameworks' default, and what the measured servers were given
  o.set = {"sizes.gpus=" + std::to_string(gpus)};
  return o;
}

std::string bundled_model_of(const std::string& published) {
  const std::string name = lower(published.substr(published.find('/') == std::string::npos ? 0 : published.find('/') + 1));
  std::string best;
  for (const std::string& bundled : traffic::bundled_models(model_directories()))
    if (bundled.size() > best.size() && name.rfind(bundled, 0) == 0 &&
        (name.size() == bundled.size() || name[bundled.size()] == '-'))
      best = bundled;
  return best;
}

} // namespace strata::cli
