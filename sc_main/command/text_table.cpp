// SPDX-License-Identifier: Apache-2.0
// Layout of tables: column widths, cutting to the terminal, Markdown escapes.
#include "sc_main/command/text_table.hpp"

#include <algorithm>
#include <numeric>
#include <stdexcept>

namespace strata::cli {
namespace {

std::string cut(const std::string& cell, std::size_t width) {
  return cell.size() <= width ? cell : cell.substr(0, width - 2) + "..";
}

std::string escaped(const std::string& cell) {
  std::string text;
  for (const char c : cell)
    text += c == '|' ? std::string("\\|") : std::string(1, c);
  return text;
}

} // namespace

void text_table::add(std::vector<std::string> cells) {
  if (cells.size() != m_columns.size())
    throw std::invalid_argument("a table row has another number of cells than the table has columns");
  m_rows.push_back(std::move(cells));
}

std::string text_table::text(std::size_t width) const {
  constexpr std::size_t gap = 2, shortest = 12;
  std::vector<std::size_t> widths;
  for (std::size_t c = 0; c < m_columns.size(); ++c) {
    widths.push_back(m_columns[c].title.size());
    for (const auto& row : m_rows)
      widths[c] = std::max(widths[c], row[c].size());
  }
  const std::size_t total = std::accumulate(widths.begin(), widths.end(), gap * widths.size());
  std::size_t widest = m_columns.size();
  for (std::size_t c = 0; c < m_columns.size(); ++c)
    if (m_columns[c].alignment == align::left && (widest == m_columns.size() || widths[c] > widths[widest]))
      widest = c;
  if (total > width && widest < m_columns.size()) {
    const std::size_t others = total - widths[widest];
    widths[widest] = std::min(widths[widest], std::max(shortest, width > others ? width - others : 0));
  }

  std::string result;
  const auto line = [&](const auto& cell_of) {
    std::string text;
    for (std::size_t c = 0; c < m_columns.size(); ++c) {
      const std::string cell = cut(cell_of(c), widths[c]);
      const std::string padding(widths[c] - cell.size(), ' ');
      text += std::string(gap, ' ') + (m_columns[c].alignment == align::left ? cell + padding : padding + cell);
    }
    text.erase(text.find_last_not_of(' ') + 1);
    result += text + "\n";
  };
  if (std::any_of(m_columns.begin(), m_columns.end(), [](const column& c) { return !c.title.empty(); }))
    line([&](std::size_t c) { return m_columns[c].title; });
  for (const auto& row : m_rows)
    line([&](std::size_t c) { return row[c]; });
  return result;
}

std::string text_table::markdown() const {
  std::string titles = "|", rule = "|", rows;
  for (const auto& c : m_columns) {
    titles += " " + escaped(c.title) + " |";
    rule += c.alignment == align::left ? " :-- |" : " --: |";
  }
  for (const auto& row : m_rows) {
    rows += "|";
    for (const auto& cell : row)
      rows += " " + escaped(cell) + " |";
    rows += "\n";
  }
  return titles + "\n" + rule + "\n" + rows;
}

} // namespace strata::cli
