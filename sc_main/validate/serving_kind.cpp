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
  double joules = 0;
  for (const component_result& c : r.components) {
    if (c.path.find(".gpu") == std::string::npos)
      continue;
    joules += c.static_power_W * r.simulated_s * c.represents;
    for (const meter_result& m : c.meters)
      joules += m.joules * c.port_represents * c.represents;
  }
  return r.latency.output_tokens ? joules / static_cast<double>(r.latency.output_tokens) : 0;
}

/// Prompt tokens by task; the file gives only what came out. Chats: the mean of LMSYS-Chat-1M (arXiv 2309.11998, table 1).
/// The others are estimates from the tasks' public prompts.
std::uint32_t prompt_of_task(const std::string& task) {
  if (task == "gpqa")
    return 300;
  return task == "sourcegraph-fim" ? 2000 : 70;
}

/// ML.ENERGY: a server kept at `avg_batch` sequences in flight, measured in the steady state.
std::optional<serving_trial> mlenergy(const reference_table& table, const reference_table::row& row,
                                      const std::string& platform) {
  if (!device_of_platform(cell(table, row, "gpu"), platform))
    return std::nullopt;
  serving_trial t;
  const std::string& model = cell(table, row, "model");
  t.options = trial_options(platform, model, whole(table, row, "num_gpus"));
  t.options.framework = "vllm";
  if (lower(model).find("fp8") != std::string::npos)
    t.options.weights = weights_of(t.options.model, "fp8");
  t.options.expert_parallel = whole(table, row, "ep") > 1;
  if (whole(table, row, "dp") > 1)
    t.options.data_attention = true;
  t.options.preempt = preemption::recompute;
  t.options.set.push_back("host.steps_ahead=0"); // before 0.14
  t.options.clients = whole(table, row, "avg_batch");
  t.options.requests = 2 * t.options.clients;
  t.options.prompt = prompt_of_task(cell(table, row, "task"));
  t.options.output = whole(table, row, "avg_out_len");
  t.options.max_batch = std::max(t.options.max_batch, t.options.clients);
  t.measured = {table.positive(row, "median_itl_ms") * millisecond, table.positive(row, "energy_J_per_tok")};
  t.labels = {{"model", t.options.model.empty() ? model : t.options.model},
              {"gpus", std::to_string(whole(table, row, "num_gpus")), static_cast<int>(whole(table, row, "num_gpus"))},
              size_class("batch", t.options.clients, {16, 64, 256})};
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
       {"model", "task", "gpu", "num_gpus", "ep", "dp", "avg_batch", "avg_out_len"},
       {{"ITL", "s", [](const run_result& r, double) { return r.latency.tpot.p50; }},
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
