// SPDX-License-Identifier: Apache-2.0
// What readers of YAML data share beyond those of platforms: lists, named values, figures with units.
#pragma once

#include "platforms/document_reader.hpp"
#include "sc_main/claims/figure_value.hpp"

#include <optional>
#include <string>
#include <vector>

namespace strata::cli {

class document_reader : protected platforms::document_reader {
public:
  /// Throws base::input_error with every problem found.
  void throw_if_any() const { throw_problems(); }

protected:
  using document_node = platforms::document_node;
  /// The list of that key, null where it is missing or none, which is a problem where it is none or `due`.
  const document_node* items(const document_node& node, const std::string& key, bool due = false);
  /// Entries of the map of that key, likewise.
  const std::vector<document_node::entry>& entries(const document_node& node, const std::string& key, bool due);
  std::string text(const document_node& node, const std::string& key, bool due = true);
  std::optional<figure_value> figure(const document_node& node);
  std::optional<figure_value> figure(const document_node& node, const std::string& key);
};

} // namespace strata::cli
