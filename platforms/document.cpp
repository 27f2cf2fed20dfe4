// SPDX-License-Identifier: Apache-2.0
// Conversion from yaml-cpp's nodes.
#include "platforms/document.hpp"

#include <yaml-cpp/yaml.h>

#include <fstream>
#include <sstream>

namespace strata::platforms {
namespace {

base::source_location location(const YAML::Mark& mark, const std::string& file) {
  return {file, mark.is_null() ? 0 : mark.line + 1};
}

document_node convert(const YAML::Node& node, const std::string& file) {
  document_node result;
  result.where = location(node.Mark(), file);
  if (node.IsScalar()) {
    result.type = document_node::kind::scalar;
    result.text = node.Scalar();
  } else if (node.IsSequence()) {
    result.type = document_node::kind::list;
    for (const auto& item : node)
      result.items.push_back(convert(item, file));
  } else if (node.IsMap()) {
    result.type = document_node::kind::map;
    for (const auto& pair : node) {
      const base::source_location where = location(pair.first.Mark(), file);
      if (!pair.first.IsScalar())
        throw base::input_error(where, "a key is a list or a map, expected a name");
      if (result.find(pair.first.Scalar()))
        throw base::input_error(where, "key '" + pair.first.Scalar() + "' is given twice");
      result.entries.push_back({pair.first.Scalar(), convert(pair.second, file)});
      result.entries.back().value.where = where;
    }
  }
  return result;
}

} // namespace

const document_node* document_node::find(const std::string& key) const {
  for (const entry& e : entries)
    if (e.key == key)
      return &e.value;
  return nullptr;
}

std::string document_node::kind_name() const {
  switch (type) {
  case kind::null: return "nothing";
  case kind::scalar: return "'" + text + "'";
  case kind::list: return "a list";
  case kind::map: return "a map";
  }
  return "";
}

document_node parse_document(const std::string& text, const std::string& file) {
  try {
    return convert(YAML::Load(text), file);
  } catch (const YAML::Exception& e) {
    throw base::input_error(location(e.mark, file), "not readable as YAML: " + e.msg);
  }
}

document_node read_document(const std::string& file) {
  std::ifstream in(file);
  std::ostringstream text;
  if (!in || !(text << in.rdbuf()))
    throw base::input_error({file, 0}, "cannot be read, expected a YAML file");
  return parse_document(text.str(), file);
}

document_node merged(document_node under, document_node over) {
  const auto is_tree = [](const document_node& n) { return n.type == document_node::kind::map && !n.find("value"); };
  if (!is_tree(under) || !is_tree(over))
    return over;
  for (auto& e : over.entries) {
    bool known = false;
    for (auto& u : under.entries)
      if (u.key == e.key) {
        u.value = merged(std::move(u.value), std::move(e.value));
        known = true;
      }
    if (!known)
      under.entries.push_back(std::move(e));
  }
  under.where = over.where;
  return under;
}

} // namespace strata::platforms
