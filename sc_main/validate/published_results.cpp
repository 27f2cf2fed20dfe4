// SPDX-License-Identifier: Apache-2.0
#include "sc_main/validate/published_results.hpp"

#include "platforms/elaborator.hpp"
#include "platforms/search_path.hpp"
#include "sc_main/command/model_directories.hpp"
#include "traffic/llm/llm_config.hpp"

#include <algorithm>
#include <cmath>
#include <regex>
#include <tuple>

namespace strata::cli {
namespace {

enum figure { throughput, ttft, tpot, wall_power, token_energy, figures };

/// A row says how it was measured in words; a reason says what of it no run here does.
struct not_runnable {
  std::string reason;
};

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

/// Whether the row's system is made of the platform's devices: "8x B200-SXM-180GB" and dgx_b200, "CS-3" and cs3.
bool same_device(std::string system, const std::string& platform) {
  system = lower(system);
  system.erase(std::remove(system.begin(), system.end(), '-'), system.end());
  const std::string device = platform.rfind("dgx_", 0) == 0 ? platform.substr(4) : platform;
  return system.find(device.substr(0, device.find('_'))) != std::string::npos;
}

/// The first number in a cell such as "~294 mean" or "2 QPS (Poisson)".
std::optional<double> number_in(const std::string& cell) {
  static const std::regex number("[0-9]+(\\.[0-9]+)?");
  std::smatch found;
  if (!std::regex_search(cell, found, number))
    return std::nullopt;
  return std::stod(found.str());
}

std::uint32_t tokens_in(const std::string& cell, const char* what) {
  const auto n = number_in(cell);
  if (!n || *n < 1 || *n > 1e6)
    throw not_runnable{std::string(what) + " not given as a number of tokens"};
  return static_cast<std::uint32_t>(std::lround(*n));
}

/// Mean lengths of MLPerf's data sets (OpenOrca, LongBench and others, CNN-DailyMail), for rows that leave them out.
void set_mlperf_lengths(run_options& o, std::string& input, std::string& output) {
  if (!input.empty() || !output.empty())
    return;
  for (const auto& [model, prompt, answer] : {std::tuple{"llama-2-70b", "294", "294"}, {"llama-3.1-405b", "9400", "680"}, {"llama-3.1-8b", "870", "128"}})
    if (o.model == model) {
      input = prompt;
      output = answer;
    }
}

/// "llama2-70b-99.9" and "DeepSeek-R1" as their makers name the architecture.
std::string model_name(const std::string& published) {
  std::string name = std::regex_replace(lower(published), std::regex("^llama([0-9])"), "llama-$1");
  return name.rfind("deepseek-r1", 0) == 0 ? "deepseek-v3" : name;
}

traffic::weight_formats weights_in(const std::string& precision) {
  const std::string word = lower(precision.substr(0, precision.find(' ')));
  for (const auto& [published, format] : {std::pair{"fp4", "nvfp4"}, {"fp8", "fp8"}, {"fp16", "fp16"}, {"bf16", "bf16"}})
    if (word == published)
      return traffic::weight_formats::parse(format);
  throw not_runnable{precision.empty() ? "precision not given" : "precision '" + precision + "'"};
}

/// Fewest GPUs, a power of two, of which the weights take at most half the memory: MLPerf's submitters choose and do not
/// say, and such replicas are what throughput is best with.
std::uint32_t gpus_of_a_replica(const run_options& o, std::uint32_t available) {
  const auto platform = platforms::check(platforms::load_netlist(platforms::find_platform(o.platform)));
  const double memory = static_cast<double>(platform.view.devices.at(0).at(0).memories.at(0).capacity);
  const double weights = traffic::load_llm(o.model, model_directories()).weight_bytes(o.weights);
  std::uint32_t gpus = 1;
  while (2 * gpus <= available && weights > 0.5 * memory * gpus)
    gpus *= 2;
  return gpus;
}

/// How many requests the published benchmarks' data sets have; of the shortest a quarter, which is four times what is in
/// flight.
std::uint32_t offline_requests(std::uint32_t prompt, std::uint32_t output) {
  if (prompt + output <= 256)
    return 8192;
  if (prompt + output >= 20000)
    return 1000;
  return prompt + output <= 2500 ? 3000 : 1500;
}

/// All requests there from the start, as many in flight as fit, up to what the engine's tables used.
void offline(run_options& o) {
  o.batch = offline_requests(o.prompt, o.output);
  o.max_batch = 2048;
}

struct cells {
  std::string id, system, devices, parallelism, load, input, output, metric, unit;
  double value;
};

/// The highest rate at which MLPerf's latencies are kept.
void at_bounded_latency(run_options& o, traffic::scenario s) {
  if (!traffic::find_benchmark(o.model))
    throw not_runnable{"lengths of MLPerf's data set for " + o.model + " not given"};
  o.scenario = s;
  o.search_rate = true;
  o.max_batch = 2048;
}

void set_load(run_options& o, const cells& c) {
  if (c.load == "saturated" || c.load == "Offline")
    return offline(o);
  if (c.load == "Server" || c.load == "Interactive")
    return at_bounded_latency(o, c.load == "Server" ? traffic::scenario::server : traffic::scenario::interactive);
  const auto n = number_in(c.load);
  if (!n)
    throw not_runnable{"load not given"};
  if (c.load.find("QPS") != std::string::npos) {
    o.generate = true;
    o.rate = *n;
    o.requests = 500;
    o.prompt_median = o.prompt;
    o.output_median = o.output;
    o.prompt_sigma = o.output_sigma = 0;
    return;
  }
  o.batch = static_cast<std::uint32_t>(*n);
  o.max_batch = std::max(o.max_batch, o.batch);
  o.step_tokens = std::clamp<std::uint32_t>(o.batch * o.prompt, o.step_tokens, 65536); // a static batch: prompts first
}

/// Tensor ranks, and replicas of them side by side.
void set_devices(serving_trial& t, const cells& c) {
  const bool experts = traffic::load_llm(t.options.model, model_directories()).has_experts();
  const auto devices = number_in(c.devices);
  if (!devices)
    throw not_runnable{"number of devices not given"};
  const auto total = static_cast<std::uint32_t>(*devices);
  if (c.id.rfind("mlperf", 0) == 0) {
    const std::uint32_t gpus = gpus_of_a_replica(t.options, total);
    t.options.set = {"sizes.gpus=" + std::to_string(gpus)};
    t.replicas = static_cast<double>(total) / gpus;
  } else if (c.id == "trt10" && experts) {
    throw not_runnable{"expert and data parallelism at once"}; // its commands set enable_attention_dp for them
  } else if (c.parallelism == "TP" + std::to_string(total)) {
    t.options.set = {"sizes.gpus=" + std::to_string(total)};
  } else if (total == 1 || c.id == "groq") {
    t.options.set.clear();
  } else {
    throw not_runnable{"expert and data parallelism at once"};
  }
}

/// The figure that a row measured, in SI units.
void set_measured(serving_trial& t, const cells& c) {
  t.measured.assign(figures, 0);
  const std::string& m = c.metric;
  const double millisecond = c.unit == "ms" ? 1e-3 : 1;
  if (m == "output_throughput_total")
    t.measured[throughput] = c.value;
  else if (m == "output_throughput_per_gpu")
    t.measured[throughput] = c.value * *number_in(c.devices);
  else if (m == "TTFT" || m == "mean_TTFT" || m == "prompt_time")
    t.measured[ttft] = c.value * millisecond;
  else if (m == "mean_ITL" || m == "token_time")
    t.measured[tpot] = c.value * millisecond;
  else if (m == "tok/s/user")
    t.measured[tpot] = 1 / c.value;
  else if (m == "wall_power")
    t.measured[wall_power] = c.value;
  else if (m == "energy_per_output_token")
    t.measured[token_energy] = c.value;
  else
    throw not_runnable{"no run measures '" + m + "'"};
}

void fill(serving_trial& t, cells c, const std::string& precision, const std::string& model) {
  if (c.id.find("pcap") != std::string::npos || c.system.find("pcap") != std::string::npos)
    throw not_runnable{"GPUs under a power cap that is not given"};
  set_measured(t, c);
  t.options.weights = weights_in(precision);
  if (t.options.model.empty())
    throw not_runnable{"model " + model + " is not bundled"};
  if (c.id.rfind("mlperf", 0) == 0)
    set_mlperf_lengths(t.options, c.input, c.output);
  t.options.prompt = tokens_in(c.input, "prompts");
  t.options.output = tokens_in(c.output, "outputs");
  set_devices(t, c);
  set_load(t.options, c);
  if (const traffic::benchmark* b = traffic::find_benchmark(t.options.model); b && t.options.search_rate)
    t.options.requests = static_cast<std::uint64_t>(std::ceil(static_cast<double>(b->requests) / t.replicas));
  if (c.id == "spw" || c.id == "trt05ttft")
    t.options.set.push_back("host.request_latency=0 s"); // timed inside the engine, no server before it
}

/// Tokens per second of all replicas.
double output_rate(const run_result& r, double replicas) {
  return r.simulated_s > 0 ? replicas * static_cast<double>(r.latency.output_tokens) / r.simulated_s : 0;
}

/// Of the system at the wall: devices of all replicas, one host, and what supplies and cools them.
double system_power(const run_result& r, double replicas) {
  double host = 0;
  for (const component_result& c : r.components)
    if (c.type == "host_cpu") {
      host += c.static_power_W * c.represents * r.simulated_s;
      for (const meter_result& m : c.meters)
        host += m.joules * c.port_represents * c.represents;
    }
  const double components = ((r.energy_J - host) * replicas + host) / r.simulated_s;
  return components + r.supply.draw(components).total();
}

} // namespace

std::vector<serving_figure> published_figures() {
  return {{"throughput", "tok/s", output_rate},
          {"TTFT", "s", [](const run_result& r, double) { return r.latency.ttft.mean; }},
          {"TPOT", "s", [](const run_result& r, double) { return r.latency.tpot.mean; }},
          {"system power", "W", system_power},
          {"energy per token", "J", [](const run_result& r, double n) { return system_power(r, n) / output_rate(r, n); }}};
}

std::vector<const char*> published_columns() {
  return {"id", "platform", "num_devices", "model", "precision", "parallelism", "concurrency_or_batch", "input_len", "output_len", "metric", "value", "unit"};
}

std::optional<serving_trial> published_trial(const reference_table& table, const reference_table::row& row, const std::string& platform) {
  const auto cell = [&](const char* column) { return *table.find(row, column); };
  const cells c{cell("id"), cell("platform"), cell("num_devices"), cell("parallelism"), cell("concurrency_or_batch"),
                cell("input_len"), cell("output_len"), cell("metric"), cell("unit"), table.positive(row, "value")};
  if (!same_device(c.system, platform))
    return std::nullopt;
  serving_trial t;
  t.options = trial_options(platform, model_name(cell("model")), 1);
  t.options.framework = c.id == "spw" ? "vllm" : c.id == "cs" || c.id == "groq" || c.id == "wllm" ? "" : "trtllm";
  try {
    fill(t, c, cell("precision"), cell("model"));
  } catch (const not_runnable& why) {
    t.left_out = why.reason;
    return t;
  }
  const std::string weights = to_text(t.options.weights), &model = t.options.model;
  // NVIDIA's quantised checkpoints of these come with scales for a KV cache of 8 bits.
  if ((weights == "fp8" || weights == "nvfp4") && (model.rfind("llama", 0) == 0 || model.rfind("mixtral", 0) == 0))
    t.options.kv_dtype = traffic::number_format::parse("fp8");
  t.labels = {{"source", c.id}, {"model", model + " " + weights},
              {"gpus", std::to_string(static_cast<int>(*number_in(c.devices))), static_cast<int>(*number_in(c.devices))},
              size_class("prompt", t.options.prompt, {128, 1024, 4096}), size_class("output", t.options.output, {128, 1024})};
  return t;
}

} // namespace strata::cli
