// SPDX-License-Identifier: Apache-2.0
#include "platforms/document_reader.hpp"

#include "models/base/quantity.hpp"
#include "platforms/search_path.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>

namespace strata::platforms {

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& n : names)
    text += (text.empty() ? "" : ", ") + n;
  return text;
}

bool document_reader::keys(const document_node& node, const std::string& what, const std::vector<std::string>& known) {
  if (node.type != kind::map) {
    problem(node.where, what + " is " + node.kind_name() + ", expected a map with " + joined(known));
    return false;
  }
  for (const auto& e : node.entries)
    if (std::find(known.begin(), known.end(), e.key) == known.end())
      problem(e.value.where, "unknown key '" + e.key + "' in " + what + base::did_you_mean(e.key, known) +
                                 ", expected one of " + joined(known));
  return true;
}

std::string document_reader::scalar(const document_node& node, const std::string& what) {
  if (node.type != kind::scalar)
    problem(node.where, what + " is " + node.kind_name() + ", expected a single value");
  return node.text;
}

std::string document_reader::optional_scalar(const document_node& node, const std::string& key) {
  const auto* n = node.find(key);
  return n ? scalar(*n, "'" + key + "'") : "";
}

std::optional<std::uint64_t> document_reader::unsigned_number(const document_node& node, const std::string& what) {
  const std::string text = scalar(node, what);
  if (node.type != kind::scalar)
    return std::nullopt;
  const bool hex = text.rfind("0x", 0) == 0;
  std::string digits = hex ? text.substr(2) : text;
  digits.erase(std::remove(digits.begin(), digits.end(), '_'), digits.end());
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, hex ? 16 : 10);
  if (error == std::errc() && end == digits.data() + digits.size())
    return value;
  try {
    const double bytes = base::parse<base::bytes>(text).value();
    if (bytes >= 0 && bytes < 0x1p63 && bytes == std::floor(bytes))
      return static_cast<std::uint64_t>(bytes);
  } catch (const base::unit_error&) {
  }
  problem(node.where, what + " is '" + text + "', expected bytes such as 0x1000, 4096 or 64 GiB");
  return std::nullopt;
}

std::optional<document_node> document_reader::referenced(const std::string& name, const base::source_location& where) {
  const auto file = find_document(name, std::filesystem::path(where.file).parent_path().string());
  if (!file) {
    problem(where, "nothing to extend by the name '" + name + "', expected a file below " +
                       joined(platform_directories()));
    return std::nullopt;
  }
  if (std::find(m_open.begin(), m_open.end(), *file) != m_open.end()) {
    problem(where, "'" + name + "' extends itself");
    return std::nullopt;
  }
  m_open.push_back(*file);
  document_node node = extended(read_document(*file), "");
  m_open.pop_back();
  return node;
}

document_node document_reader::extended(document_node node, const std::string& own_kind) {
  const auto* name = node.find("extends");
  if (node.type != kind::map || !name)
    return node;
  auto under = referenced(scalar(*name, "'extends'"), name->where);
  if (!under)
    return node;
  if (!own_kind.empty() && !under->find(own_kind)) {
    problem(name->where, "'" + name->text + "' is not a " + own_kind + ", expected a file with the key '" + own_kind + "'");
    return node;
  }
  return merged(std::move(*under), std::move(node));
}

void document_reader::read_parameters(const document_node& node, std::vector<parameter_entry>& result) {
  if (const auto* list = node.find("parameters"))
    read_entries(*list, "parameters", "parameter", result);
}

void document_reader::read_entries(const document_node& list, const std::string& section, const std::string& what,
                  std::vector<parameter_entry>& result) {
  if (list.type == kind::null)
    return;
  if (list.type != kind::map)
    problem(list.where, "'" + section + "' is " + list.kind_name() + ", expected a map from name to value");
  for (const auto& e : list.entries) {
    parameter_entry p;
    p.name = e.key;
    p.where = e.value.where;
    const std::string named = what + " '" + e.key + "'";
    if (e.value.type == kind::map) {
      keys(e.value, named, {"value", "source", "confidence", "low", "high"});
      if (!e.value.find("value"))
        problem(p.where, named + " has no 'value'");
      p.value = optional_scalar(e.value, "value");
      p.source = optional_scalar(e.value, "source");
      p.confidence = optional_scalar(e.value, "confidence");
      p.low = optional_scalar(e.value, "low");
      p.high = optional_scalar(e.value, "high");
      check_confidence(p);
    } else {
      p.value = scalar(e.value, named);
    }
    result.push_back(std::move(p));
  }
}

void document_reader::check_confidence(const parameter_entry& p) {
  const std::string& c = p.confidence;
  if (!c.empty() && c != "published" && c != "derived" && c != "estimate" && c.rfind("calibrated on ", 0) != 0)
    problem(p.where, "confidence of '" + p.name + "' is '" + c +
                         "', expected published, derived, calibrated on FILE or estimate");
  if (p.low.empty() != p.high.empty() || (!p.low.empty() && c != "estimate"))
    problem(p.where, "'" + p.name + "' has " + (p.low.empty() ? "" : "'low'") + (p.low.empty() || p.high.empty() ? "" : " and ") +
                         (p.high.empty() ? "" : "'high'") + ", expected both ends of the range, and confidence estimate");
}

} // namespace strata::platforms
