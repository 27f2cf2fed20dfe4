// SPDX-License-Identifier: Apache-2.0
// A table that prints itself as aligned text for a terminal or as Markdown for a report.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace strata::cli {

class text_table {
public:
  enum class align { left, right };
  struct column {
    std::string title;
    align alignment = align::right;
  };
  explicit text_table(std::vector<column> columns) : m_columns(std::move(columns)) {}

  /// `cells` are as many as there are columns.
  void add(std::vector<std::string> cells);
  bool empty() const { return m_rows.empty(); }

  /// Aligned lines, at most `width` characters wide: the widest left-aligned column gives way, cut with "..". Titles
  /// take a line where there are any.
  std::string text(std::size_t width = 100) const;
  std::string markdown() const;

private:
  std::vector<column> m_columns;
  std::vector<std::vector<std::string>> m_rows;
};

} // namespace strata::cli
