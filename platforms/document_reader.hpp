// SPDX-License-Identifier: Apache-2.0
// What reading any of the platforms' documents takes: known keys, kinds of values, `extends`, values with their sources.
// Problems are collected, so that all of a file are reported at once. Kernel-free.
#pragma once

#include "platforms/document.hpp"
#include "platforms/netlist.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace strata::platforms {

/// "a, b, c".
std::string joined(const std::vector<std::string>& names);

class document_reader {
protected:
  using kind = document_node::kind;

  void problem(const base::source_location& where, std::string message) { m_problems.add(where, std::move(message)); }
  void throw_problems() const { m_problems.throw_if_any(); }

  /// True where `node` is a map; reports keys that are not among `known`.
  bool keys(const document_node& node, const std::string& what, const std::vector<std::string>& known);
  std::string scalar(const document_node& node, const std::string& what);
  /// "" where there is no such key.
  std::string optional_scalar(const document_node& node, const std::string& key);
  /// 0x1000, 4096 or 64 GiB.
  std::optional<std::uint64_t> unsigned_number(const document_node& node, const std::string& what);

  /// The document that `name` means, itself extended; nullopt (and a problem) where there is none.
  std::optional<document_node> referenced(const std::string& name, const base::source_location& where);
  /// `node` laid on the document that its `extends` names, which has to have the key `own_kind` where that is not empty.
  /// A file's own name and summary are not inherited.
  document_node extended(document_node node, const std::string& own_kind);

  /// A map from names to values with their sources.
  void read_entries(const document_node& list, const std::string& section, const std::string& what,
                    std::vector<parameter_entry>& result);
  void read_parameters(const document_node& node, std::vector<parameter_entry>& result);

  template <class F>
  void for_each_item(const document_node& node, const std::string& key, F read) {
    const auto* list = node.find(key);
    if (!list || list->type == kind::null)
      return;
    if (list->type != kind::list)
      problem(list->where, "'" + key + "' is " + list->kind_name() + ", expected a list");
    for (const auto& item : list->items)
      read(item);
  }

private:
  void check_confidence(const parameter_entry& p);

  base::diagnostics m_problems;
  std::vector<std::string> m_open; ///< files being read, to find circles
};

} // namespace strata::platforms
