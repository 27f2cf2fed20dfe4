// SPDX-License-Identifier: Apache-2.0
#include "traffic/llm/llm_config.hpp"

#include "traffic/llm/config_reader.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

namespace strata::traffic {

namespace {

enum class attention_kind { grouped, latent };
/// Where a family's configurations say which layers see a window only.
enum class window_rule { none, whole_model, layer_types, chunks };
/// Which layers are mixtures of experts.
enum class expert_rule { none, all, after_first, interleaved, sparse_step };

/// What a family leaves out of its config.json or always has, and how it calls things.
struct family {
  const char* model_type;
  attention_kind attention;
  window_rule window;
  expert_rule experts;
  bool kv_heads_may_be_missing = false; ///< absent means multi-head attention
  bool head_dim_may_be_missing = false; ///< absent means hidden_size / num_attention_heads
  bool qk_norm = false;                 ///< always; else by the key use_qk_norm
  bool output_bias = false;             ///< attention_bias covers the output projection too
  const char* expert_count = nullptr;
  const char* expert_width = nullptr;
  const char* dense_width = "intermediate_size";
  bool one_shared_expert = false;       ///< always; else by the key n_shared_experts
};

constexpr const char* own_width = "moe_intermediate_size";
const family families[] = {
    {"llama", attention_kind::grouped, window_rule::none, expert_rule::none, true, true, false, true},
    {"mistral", attention_kind::grouped, window_rule::whole_model, expert_rule::none, false, true},
    {"qwen3", attention_kind::grouped, window_rule::none, expert_rule::none, false, false, true, true},
    {"mixtral", attention_kind::grouped, window_rule::whole_model, expert_rule::all, false, true, false, false,
     "num_local_experts", "intermediate_size"},
    {"qwen3_moe", attention_kind::grouped, window_rule::none, expert_rule::sparse_step, false, false, true, true,
     "num_experts", own_width},
    {"gpt_oss", attention_kind::grouped, window_rule::layer_types, expert_rule::all, false, false, false, true,
     "num_local_experts", "intermediate_size"},
    {"llama4_text", attention_kind::grouped, window_rule::chunks, expert_rule::interleaved, false, false, false, true,
     "num_local_experts", "intermediate_size", "intermediate_size_mlp", true},
    {"glm4_moe", attention_kind::grouped, window_rule::none, expert_rule::after_first, false, false, false, false,
     "n_routed_experts", own_width},
    {"deepseek_v3", attention_kind::latent, window_rule::none, expert_rule::after_first, false, false, false, true,
     "n_routed_experts", own_width},
    {"kimi_k2", attention_kind::latent, window_rule::none, expert_rule::after_first, false, false, false, true,
     "n_routed_experts", own_width},
};

/// Keys of shapes that a family does not have here, and what they stand for.
constexpr const char* expert_keys[] = {"num_local_experts", "num_experts", "n_routed_experts"};

std::string supported_families() {
  std::string text;
  for (const family& f : families)
    text += std::string(text.empty() ? "" : ", ") + f.model_type;
  return text;
}

const family& family_of(config_reader& config) {
  const std::string type = config.word("model_type");
  config.problems.throw_if_any();
  const auto f = std::find_if(std::begin(families), std::end(families),
                              [&](const family& i) { return type == i.model_type; });
  if (f == std::end(families))
    throw base::input_error(config.where("model_type"), "model_type '" + type + "' is not supported, expected one of " +
                                                            supported_families());
  return *f;
}

attention_shape read_latent(config_reader& config) {
  attention_shape a;
  a.heads = a.kv_heads = config.count("num_attention_heads");
  a.query_latent = config.number_or("q_lora_rank", 0);
  a.latent = config.count("kv_lora_rank");
  a.rope_dim = config.count("qk_rope_head_dim");
  a.head_dim = a.rope_dim + config.count("qk_nope_head_dim");
  a.value_dim = config.count("v_head_dim");
  return a;
}

attention_shape read_grouped(config_reader& config, const family& f, unsigned hidden) {
  attention_shape a;
  a.heads = config.count("num_attention_heads");
  a.kv_heads = f.kv_heads_may_be_missing ? config.count_or("num_key_value_heads", a.heads)
                                         : config.count("num_key_value_heads");
  const bool derived = f.head_dim_may_be_missing && !config.has("head_dim");
  a.head_dim = a.value_dim = derived ? hidden / a.heads : config.count("head_dim");
  a.bias = config.flag("attention_bias");
  a.output_bias = a.bias && f.output_bias;
  // Llama 4 names its norm of queries and keys alike, but it has no weights.
  a.qk_norm = f.qk_norm || (f.window != window_rule::chunks && config.flag("use_qk_norm"));
  config.problems.throw_if_any();
  if (a.heads % a.kv_heads)
    config.reject("num_key_value_heads", "a divisor of num_attention_heads, " + std::to_string(a.heads));
  if (derived && hidden % a.heads)
    config.reject("hidden_size", "a multiple of num_attention_heads, " + std::to_string(a.heads) + ", or a head_dim");
  return a;
}

/// Window of every layer; 0 = it sees everything.
std::vector<unsigned> read_windows(config_reader& config, const family& f, unsigned layers) {
  std::vector<unsigned> windows(layers, 0);
  // Qwen's configurations may name a window that `use_sliding_window` switches off.
  const bool off = config.has("use_sliding_window") && !config.flag("use_sliding_window");
  switch (f.window) {
  case window_rule::none:
    if (config.has("sliding_window") && !off)
      config.reject("sliding_window", std::string("null: ") + f.model_type + " models have no window here");
    break;
  case window_rule::whole_model:
    if (config.has("sliding_window") && !off)
      windows.assign(layers, config.count("sliding_window"));
    break;
  case window_rule::layer_types: {
    const std::vector<std::string> types = config.words("layer_types");
    const unsigned window = config.count("sliding_window");
    config.problems.throw_if_any();
    if (types.size() != layers)
      config.reject("layer_types", "as many as num_hidden_layers, " + std::to_string(layers));
    for (unsigned i = 0; i < layers && i < types.size(); ++i)
      if (types[i] == "sliding_attention")
        windows[i] = window;
      else if (types[i] != "full_attention")
        config.reject("layer_types", "sliding_attention or full_attention for every layer");
    break;
  }
  case window_rule::chunks: {
    const unsigned every = config.count_or("no_rope_layer_interval", 4); // the others see their chunk only
    const unsigned chunk = config.count("attention_chunk_size");
    for (unsigned i = 0; i < layers; ++i)
      windows[i] = (i + 1) % every ? chunk : 0;
    break;
  }
  }
  return windows;
}

/// Whether layer `i` is a mixture of experts.
std::vector<bool> read_expert_layers(config_reader& config, const family& f, unsigned layers) {
  std::vector<bool> is(layers, f.experts == expert_rule::all);
  if (f.experts == expert_rule::after_first) {
    const unsigned dense = config.number_or("first_k_dense_replace", 0), every = config.count_or("moe_layer_freq", 1);
    for (unsigned i = dense; i < layers; ++i)
      is[i] = i % every == 0;
  } else if (f.experts == expert_rule::interleaved) {
    const unsigned every = config.count("interleave_moe_layer_step");
    for (unsigned i = every - 1; i < layers; i += every)
      is[i] = true;
  } else if (f.experts == expert_rule::sparse_step) {
    const unsigned every = config.count_or("decoder_sparse_step", 1);
    const std::vector<unsigned> dense = config.numbers("mlp_only_layers");
    for (unsigned i = 0; i < layers; ++i)
      is[i] = (i + 1) % every == 0 && std::find(dense.begin(), dense.end(), i) == dense.end();
  }
  return is;
}

ffn_shape read_experts(config_reader& config, const family& f) {
  ffn_shape m;
  m.experts = config.count(f.expert_count);
  m.active = config.count("num_experts_per_tok");
  m.expert_width = config.count(f.expert_width);
  m.width = f.one_shared_expert ? m.expert_width : config.number_or("n_shared_experts", 0) * m.expert_width;
  if (m.active > m.experts)
    config.reject("num_experts_per_tok", std::string("at most ") + f.expert_count + ", " + std::to_string(m.experts));
  return m;
}

} // namespace

llm_architecture parse_llm(const std::string& name, const std::string& file, const std::string& text) {
  config_reader config(file, text, "a Hugging Face config.json");
  if (config.has("text_config"))
    config.enter("text_config"); // a multimodal model: its language part
  const family& f = family_of(config);
  if (f.experts == expert_rule::none)
    for (const char* key : expert_keys)
      if (config.has(key))
        config.reject(key, std::string("none: ") + f.model_type + " models are dense");
  if (f.attention == attention_kind::grouped && config.has("kv_lora_rank"))
    config.reject("kv_lora_rank", std::string("none: ") + f.model_type + " models have no latent attention");
  if (config.flag("mlp_bias"))
    config.reject("mlp_bias", "false: biases of the feed-forward network are not supported");

  llm_architecture m;
  m.name = name;
  const unsigned layers = config.count("num_hidden_layers");
  m.hidden = config.count("hidden_size");
  m.vocab = config.count("vocab_size");
  m.max_context = config.count("max_position_embeddings");
  m.tied_embeddings = config.flag("tie_word_embeddings");
  layer_shape l;
  l.attention = f.attention == attention_kind::latent ? read_latent(config) : read_grouped(config, f, m.hidden);
  const std::vector<unsigned> windows = read_windows(config, f, layers);
  const std::vector<bool> mixtures = read_expert_layers(config, f, layers);
  const bool any_dense = std::find(mixtures.begin(), mixtures.end(), false) != mixtures.end();
  const bool any_mixture = std::find(mixtures.begin(), mixtures.end(), true) != mixtures.end();
  const ffn_shape dense{any_dense ? config.count(f.dense_width) : 0};
  const ffn_shape mixture = any_mixture ? read_experts(config, f) : ffn_shape{};
  config.problems.throw_if_any();
  for (unsigned i = 0; i < layers; ++i) {
    l.attention.window = {windows[i], windows[i] > 0 && f.window == window_rule::chunks};
    l.ffn = mixtures[i] ? mixture : dense;
    m.add_layer(l);
  }
  return m;
}

std::vector<std::string> bundled_models(const std::vector<std::string>& directories) {
  namespace fs = std::filesystem;
  std::set<std::string> names;
  for (const std::string& directory : directories)
    if (fs::is_directory(directory))
      for (const auto& entry : fs::directory_iterator(directory))
        if (fs::is_regular_file(entry.path() / "config.json"))
          names.insert(entry.path().filename().string());
  return {names.begin(), names.end()};
}

llm_architecture load_llm(const std::string& name_or_path, const std::vector<std::string>& directories) {
  namespace fs = std::filesystem;
  std::vector<fs::path> candidates{name_or_path};
  for (const std::string& directory : directories)
    candidates.push_back(fs::path(directory) / name_or_path);
  for (fs::path file : candidates) {
    if (fs::is_directory(file))
      file /= "config.json";
    if (name_or_path.empty() || !fs::is_regular_file(file))
      continue;
    std::ifstream in(file, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    if (!in)
      throw base::input_error({file.string(), 0}, "the file cannot be read, expected a Hugging Face config.json");
    const fs::path full = fs::absolute(file).lexically_normal();
    const bool in_own_folder = full.filename() == "config.json";
    return parse_llm((in_own_folder ? full.parent_path().filename() : full.stem()).string(), file.string(), text);
  }
  const std::vector<std::string> names = bundled_models(directories);
  std::string list;
  for (const std::string& n : names)
    list += n + ", ";
  throw base::input_error({}, "unknown model '" + name_or_path + "'" + base::did_you_mean(name_or_path, names) +
                                  ", expected " + list + "or the path of a Hugging Face config.json or its folder");
}

} // namespace strata::traffic
