// SPDX-License-Identifier: Apache-2.0
// A YAML (or JSON) file as plain data in which every node knows its file and line, with deep merging for `extends`.
// Kernel-free.
#pragma once

#include "models/base/diagnostic.hpp"

#include <string>
#include <vector>

namespace strata::platforms {

struct document_node {
  enum class kind { null, scalar, list, map };
  struct entry;
  kind type = kind::null;
  std::string text;                 ///< of a scalar
  std::vector<document_node> items; ///< of a list
  std::vector<entry> entries;       ///< of a map, in the order of the file
  base::source_location where;      ///< of a map's value: where its key stands

  const document_node* find(const std::string& key) const;
  /// "a map", "a list" ... for messages.
  std::string kind_name() const;
};
struct document_node::entry {
  std::string key;
  document_node value;
};

/// Parses `text`; `file` is its name in messages. Throws base::input_error on a syntax error or a repeated key.
document_node parse_document(const std::string& text, const std::string& file);
/// Likewise from a file, which may also be unreadable.
document_node read_document(const std::string& file);

/// `over` laid on `under`: maps merge key by key, anything else replaces. A parameter's {value, source, ...} is one
/// value: a new one does not inherit the old one's source.
document_node merged(document_node under, document_node over);

} // namespace strata::platforms
