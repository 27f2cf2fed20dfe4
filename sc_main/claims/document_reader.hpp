// SPDX-License-Identifier: Apache-2.0
// What readers of YAML data share: known keys, kinds of values, figures with units, all problems collected.
#pragma once

#include "platforms/document.hpp"
#include "sc_main/claims/figure_value.hpp"

#include <optional>
#include <string>
#include <vector>

namespace strata::cli {

class document_reader {
public:
  /// Throws base::input_error with every problem found.
  void throw_if_any() const { m_problems.throw_if_any(); }

protected:
  using document_node = platforms::document_node;
  void problem(const base::source_location& where, const std::string& message) { m_problems.add(where, message); }
  /// True where `node` is a map; keys that are not among `known` are problems.
  bool keys(const document_node& node, const std::string& what, const std::vector<std::string>& known);
  /// The list of that key, null where it is missing or none, which is a problem where it is none or `due`.
  const document_node* items(const document_node& node, const std::string& key, bool due = false);
  /// Entries of the map of that key, likewise.
  const std::vector<document_node::entry>& entries(const document_node& node, const std::string& key, bool due);
  std::string text(const document_node& node, const std::string& key, bool due = true);
  std::optional<figure_value> figure(const document_node& node);
  std::optional<figure_value> figure(const document_node& node, const std::string& key);

private:
  base::diagnostics m_problems;
};

} // namespace strata::cli
