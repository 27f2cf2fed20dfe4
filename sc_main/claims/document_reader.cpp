// SPDX-License-Identifier: Apache-2.0
#include "sc_main/claims/document_reader.hpp"

namespace strata::cli {

const platforms::document_node* document_reader::items(const document_node& node, const std::string& key, bool due) {
  const document_node* list = node.find(key);
  if (list && list->type == kind::list)
    return list;
  if (list || due)
    problem(list ? list->where : node.where, "'" + key + "' is " + (list ? list->kind_name() : "missing") + ", expected a list");
  return nullptr;
}

const std::vector<platforms::document_node::entry>& document_reader::entries(const document_node& node, const std::string& key, bool due) {
  static const std::vector<document_node::entry> none;
  const document_node* map = node.find(key);
  if (map && map->type == kind::map)
    return map->entries;
  if (map || due)
    problem(map ? map->where : node.where, "'" + key + "' is " + (map ? map->kind_name() : "missing") + ", expected names with values");
  return none;
}

std::string document_reader::text(const document_node& node, const std::string& key, bool due) {
  const document_node* value = node.find(key);
  if (value && value->type == kind::scalar && !value->text.empty())
    return value->text;
  if (value || due)
    problem(value ? value->where : node.where, "'" + key + "' is " + (value ? value->kind_name() : "missing") + ", expected a text");
  return "";
}

std::optional<figure_value> document_reader::figure(const document_node& node) {
  try {
    return parse_figure(node.text);
  } catch (const base::unit_error& e) {
    problem(node.where, std::string(e.what()) + ", expected a number with its unit");
    return std::nullopt;
  }
}

std::optional<figure_value> document_reader::figure(const document_node& node, const std::string& key) {
  const document_node* value = node.find(key);
  return value ? figure(*value) : std::nullopt;
}

} // namespace strata::cli
