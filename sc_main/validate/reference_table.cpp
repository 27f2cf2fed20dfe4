// SPDX-License-Identifier: Apache-2.0
#include "sc_main/validate/reference_table.hpp"

#include <boost/tokenizer.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fstream>

namespace strata::cli {
namespace {

std::vector<std::string> split(const std::string& line, const base::source_location& where) {
  try {
    const boost::tokenizer<boost::escaped_list_separator<char>> cells(line);
    return {cells.begin(), cells.end()};
  } catch (const boost::escaped_list_error&) {
    throw base::input_error(where, "a backslash without meaning, expected comma-separated values");
  }
}

} // namespace

reference_table::reference_table(const std::string& file, const std::vector<std::string>& required) {
  std::ifstream in(file);
  if (!in)
    throw base::input_error({file, 0}, "cannot be opened, expected a CSV file of measurements");
  int number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    if (!line.empty() && line.back() == '\r')
      line.pop_back();
    if (line.empty())
      continue;
    const base::source_location where{file, number};
    auto cells = split(line, where);
    if (m_columns.empty()) {
      m_columns = std::move(cells);
      for (const std::string& name : required)
        if (std::find(m_columns.begin(), m_columns.end(), name) == m_columns.end())
          throw base::input_error(where, "there is no column '" + name + "'" + base::did_you_mean(name, m_columns) +
                                             ", expected it among the names in the first line");
    } else if (cells.size() != m_columns.size()) {
      throw base::input_error(where, std::to_string(cells.size()) + " values, expected the " +
                                         std::to_string(m_columns.size()) + " that the first line names");
    } else {
      m_rows.push_back({where, std::move(cells)});
    }
  }
  if (m_rows.empty())
    throw base::input_error({file, 0}, "holds no measurements, expected a line of names and lines of values");
}

const std::string* reference_table::find(const row& r, const std::string& column) const {
  const auto it = std::find(m_columns.begin(), m_columns.end(), column);
  return it == m_columns.end() ? nullptr : &r.cells[static_cast<std::size_t>(it - m_columns.begin())];
}

double reference_table::positive(const row& r, const std::string& column) const {
  const std::string& text = *find(r, column);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value) || value <= 0)
    throw base::input_error(r.where, column + ": '" + text + "' is not readable, expected a number > 0");
  return value;
}

} // namespace strata::cli
