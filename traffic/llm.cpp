// SPDX-License-Identifier: Apache-2.0
#include "traffic/llm.hpp"

#include "models/base/diagnostic.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>

namespace strata::traffic {

namespace {

using json = nlohmann::json;

/// What a family leaves out of its config.json, or always has.
struct family {
  const char* model_type;
  bool kv_heads_may_be_missing; ///< absent means multi-head attention
  bool head_dim_may_be_missing; ///< absent means hidden_size / num_attention_heads
  bool qk_norm;
};
constexpr family families[] = {
    {"llama", true, true, false},
    {"mistral", false, true, false},
    {"qwen3", false, false, true},
};

/// Keys of models that are not dense with full attention, and what they are.
constexpr const char* unsupported_keys[][2] = {
    {"num_local_experts", "a mixture of experts"},   {"num_experts", "a mixture of experts"},
    {"n_routed_experts", "a mixture of experts"},    {"kv_lora_rank", "multi-head latent attention"},
    {"sliding_window", "sliding-window attention"},
};

std::string supported_families() {
  std::string text;
  for (const family& f : families)
    text += std::string(text.empty() ? "" : ", ") + f.model_type;
  return text;
}

int line_at(const std::string& text, std::size_t offset) {
  const auto end = text.begin() + static_cast<std::ptrdiff_t>(std::min(offset, text.size()));
  return 1 + static_cast<int>(std::count(text.begin(), end, '\n'));
}

/// Line of every key of the outermost object. `text` is known to be valid JSON.
std::map<std::string, int> key_lines(const std::string& text) {
  std::map<std::string, int> lines;
  int depth = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    depth += text[i] == '{' || text[i] == '[';
    depth -= text[i] == '}' || text[i] == ']';
    if (text[i] != '"')
      continue;
    const std::size_t start = ++i;
    while (text[i] != '"')
      i += text[i] == '\\' ? 2 : 1;
    const std::size_t after = text.find_first_not_of(" \t\r\n", i + 1);
    if (depth == 1 && after != std::string::npos && text[after] == ':')
      lines[text.substr(start, i - start)] = line_at(text, start);
  }
  return lines;
}

/// Typed access to the keys of a config.json; problems are collected with their line.
class config_reader {
public:
  config_reader(const std::string& file, const std::string& text) : m_file(file) {
    try {
      m_json = json::parse(text);
    } catch (const json::parse_error& e) {
      throw base::input_error({file, line_at(text, e.byte ? e.byte - 1 : 0)},
                              "this is not valid JSON, expected a Hugging Face config.json");
    }
    if (!m_json.is_object())
      throw base::input_error({file, 1}, "the file holds no JSON object, expected a Hugging Face config.json");
    m_lines = key_lines(text);
  }

  bool has(const char* key) const { return m_json.contains(key) && !m_json[key].is_null(); }

  unsigned count(const char* key) {
    constexpr std::int64_t most = 1 << 24;
    const json* v = required(key, "a positive integer");
    if (!v)
      return 1;
    if (!v->is_number_integer() || *v < 1 || *v > most) {
      reject(key, "a positive integer up to " + std::to_string(most));
      return 1;
    }
    return v->get<unsigned>();
  }
  std::string word(const char* key) {
    const json* v = required(key, "text");
    if (v && !v->is_string())
      reject(key, "text");
    return v && v->is_string() ? v->get<std::string>() : "";
  }
  /// False where missing, as the library that defines the format takes it.
  bool flag(const char* key) {
    if (!has(key))
      return false;
    if (!m_json[key].is_boolean()) {
      reject(key, "true or false");
      return false;
    }
    return m_json[key].get<bool>();
  }

  base::source_location where(const char* key) const {
    const auto at = m_lines.find(key);
    return {m_file, at == m_lines.end() ? 0 : at->second};
  }
  void reject(const char* key, const std::string& expected) {
    problems.add(where(key), std::string(key) + " is " + m_json[key].dump() + ", expected " + expected);
  }

  base::diagnostics problems;

private:
  const json* required(const char* key, const char* what) {
    if (has(key))
      return &m_json[key];
    problems.add(where(key), std::string(key) + " is missing, expected " + what);
    return nullptr;
  }

  std::string m_file;
  json m_json;
  std::map<std::string, int> m_lines;
};

const family& family_of(config_reader& config) {
  const std::string type = config.word("model_type");
  config.problems.throw_if_any();
  for (const family& f : families)
    if (type == f.model_type)
      return f;
  throw base::input_error(config.where("model_type"),
                          "model_type '" + type + "' is not supported, expected a dense model of the families " +
                              supported_families());
}

/// The model's own matrices, by what decides their storage.
struct layer_elements {
  double linear, norm_and_bias;
};
layer_elements elements_of(const llm_architecture& m) {
  const double hidden = m.hidden, q = double(m.heads) * m.head_dim, kv = double(m.kv_heads) * m.head_dim;
  return {hidden * (2 * q + 2 * kv) + 3 * hidden * m.ffn,
          2 * hidden + (m.qk_norm ? 2.0 * m.head_dim : 0) + (m.attention_bias ? q + 2 * kv + hidden : 0)};
}

constexpr double kept_bytes = 2; ///< of what is not quantised

} // namespace

double llm_architecture::parameter_count() const {
  const layer_elements e = elements_of(*this);
  return layers * (e.linear + e.norm_and_bias) + double(vocab) * hidden * (tied_embeddings ? 1 : 2) + hidden;
}

std::uint64_t llm_architecture::kv_elements_per_token() const {
  return std::uint64_t{2} * layers * kv_heads * head_dim;
}

double llm_architecture::layer_weight_bytes(core::data_type type) const {
  const layer_elements e = elements_of(*this);
  return e.linear * core::bits_of(type) / 8 + e.norm_and_bias * kept_bytes;
}

double llm_architecture::embedding_bytes() const { return double(vocab) * hidden * kept_bytes; }

double llm_architecture::weight_bytes(core::data_type type) const {
  return layers * layer_weight_bytes(type) + embedding_bytes() * (tied_embeddings ? 1 : 2) + hidden * kept_bytes;
}

llm_architecture parse_llm(const std::string& name, const std::string& file, const std::string& text) {
  config_reader config(file, text);
  const family& f = family_of(config);
  for (const auto& [key, what] : unsupported_keys)
    // Qwen's configs may name a window that `use_sliding_window` switches off.
    if (config.has(key) && !(std::string(key) == "sliding_window" && config.has("use_sliding_window") &&
                             !config.flag("use_sliding_window")))
      config.reject(key, "none: " + std::string(what) + " is not supported, only dense models with full attention are");
  if (config.flag("mlp_bias"))
    config.reject("mlp_bias", "false: biases of the feed-forward network are not supported");

  llm_architecture m;
  m.name = name;
  m.layers = config.count("num_hidden_layers");
  m.hidden = config.count("hidden_size");
  m.heads = config.count("num_attention_heads");
  m.kv_heads = f.kv_heads_may_be_missing && !config.has("num_key_value_heads") ? m.heads
                                                                               : config.count("num_key_value_heads");
  const bool derived_head_dim = f.head_dim_may_be_missing && !config.has("head_dim");
  m.head_dim = derived_head_dim ? m.hidden / m.heads : config.count("head_dim");
  m.ffn = config.count("intermediate_size");
  m.vocab = config.count("vocab_size");
  m.max_context = config.count("max_position_embeddings");
  m.tied_embeddings = config.flag("tie_word_embeddings");
  m.attention_bias = config.flag("attention_bias");
  m.qk_norm = f.qk_norm;
  config.problems.throw_if_any();
  if (m.heads % m.kv_heads)
    config.reject("num_key_value_heads", "a divisor of num_attention_heads, " + std::to_string(m.heads));
  if (derived_head_dim && m.hidden % m.heads)
    config.reject("hidden_size", "a multiple of num_attention_heads, " + std::to_string(m.heads) + ", or a head_dim");
  config.problems.throw_if_any();
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
