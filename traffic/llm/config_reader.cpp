// SPDX-License-Identifier: Apache-2.0
#include "traffic/llm/config_reader.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace strata::traffic {

namespace {

using json = nlohmann::json;

int line_at(const std::string& text, std::size_t offset) {
  const auto end = text.begin() + static_cast<std::ptrdiff_t>(std::min(offset, text.size()));
  return 1 + static_cast<int>(std::count(text.begin(), end, '\n'));
}

/// Line of every key of the outermost object and of the objects directly in it. `text` is known to be valid JSON.
std::map<std::string, int> key_lines(const std::string& text) {
  std::map<std::string, int> lines;
  std::string outer;
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
    if (depth > 2 || after == std::string::npos || text[after] != ':')
      continue;
    const std::string key = text.substr(start, i - start);
    if (depth == 1)
      outer = key;
    lines[depth == 1 ? key : outer + "/" + key] = line_at(text, start);
  }
  return lines;
}

} // namespace

struct config_reader::object {
  json value;
};

config_reader::config_reader(std::string file, const std::string& text, const std::string& what)
    : m_file(std::move(file)), m_object(std::make_unique<object>()) {
  try {
    m_object->value = json::parse(text);
  } catch (const json::parse_error& e) {
    throw base::input_error({m_file, line_at(text, e.byte ? e.byte - 1 : 0)}, "this is not valid JSON, expected " + what);
  }
  if (!m_object->value.is_object())
    throw base::input_error({m_file, 1}, "the file holds no JSON object, expected " + what);
  m_lines = key_lines(text);
}

config_reader::~config_reader() = default;

bool config_reader::has(const std::string& key) const {
  const json& o = m_object->value;
  return o.contains(key) && !o[key].is_null();
}

void config_reader::enter(const std::string& key) {
  if (!m_object->value[key].is_object()) {
    reject(key, "an object");
    problems.throw_if_any();
  }
  m_object->value = json(m_object->value[key]);
  m_prefix += key + "/";
}

unsigned config_reader::count(const std::string& key) {
  return required(key, "a positive integer") ? integer(key, 1) : 1;
}

unsigned config_reader::number_or(const std::string& key, unsigned otherwise) {
  return has(key) ? integer(key, 0) : otherwise;
}

unsigned config_reader::integer(const std::string& key, int least) {
  constexpr std::int64_t most = 1 << 24;
  const json& v = m_object->value[key];
  if (!v.is_number_integer() || v < least || v > most) {
    reject(key, std::string(least ? "a positive" : "an") + " integer up to " + std::to_string(most));
    return 1;
  }
  return v.get<unsigned>();
}

std::string config_reader::word(const std::string& key) {
  if (!required(key, "text"))
    return "";
  const json& v = m_object->value[key];
  if (v.is_string())
    return v.get<std::string>();
  reject(key, "text");
  return "";
}

bool config_reader::flag(const std::string& key) {
  if (!has(key))
    return false;
  if (!m_object->value[key].is_boolean()) {
    reject(key, "true or false");
    return false;
  }
  return m_object->value[key].get<bool>();
}

std::vector<std::string> config_reader::words(const std::string& key) {
  if (!required(key, "a list of texts"))
    return {};
  const json& v = m_object->value[key];
  if (v.is_array() && std::all_of(v.begin(), v.end(), [](const json& i) { return i.is_string(); }))
    return v.get<std::vector<std::string>>();
  reject(key, "a list of texts");
  return {};
}

std::vector<unsigned> config_reader::numbers(const std::string& key) {
  if (!has(key))
    return {};
  const json& v = m_object->value[key];
  if (!v.is_array() || !std::all_of(v.begin(), v.end(), [](const json& i) { return i.is_number_unsigned(); })) {
    reject(key, "a list of whole numbers");
    return {};
  }
  return v.get<std::vector<unsigned>>();
}

base::source_location config_reader::where(const std::string& key) const {
  const auto at = m_lines.find(m_prefix + key);
  return {m_file, at == m_lines.end() ? 0 : at->second};
}

void config_reader::reject(const std::string& key, const std::string& expected) {
  problems.add(where(key), key + " is " + m_object->value[key].dump() + ", expected " + expected);
}

bool config_reader::required(const std::string& key, const char* what) {
  if (has(key))
    return true;
  problems.add(where(key), key + " is missing, expected " + what);
  return false;
}

} // namespace strata::traffic
