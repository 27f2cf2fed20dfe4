// SPDX-License-Identifier: Apache-2.0
// A CSV file of measurements: columns by name, every cell with its place for messages.
#pragma once

#include "models/base/diagnostic.hpp"

#include <string>
#include <vector>

namespace strata::cli {

class reference_table {
public:
  struct row {
    base::source_location where;
    std::vector<std::string> cells; ///< as many as there are columns
  };

  /// Throws base::input_error where the file cannot be read, lacks one of `required`, or a line has too few or too
  /// many cells.
  reference_table(const std::string& file, const std::vector<std::string>& required);

  const std::vector<row>& rows() const { return m_rows; }
  /// Cell of a column, or null where the file has no such column.
  const std::string* find(const row& r, const std::string& column) const;
  /// A number > 0. Throws base::input_error at the row.
  double positive(const row& r, const std::string& column) const;

private:
  std::vector<std::string> m_columns;
  std::vector<row> m_rows;
};

} // namespace strata::cli
