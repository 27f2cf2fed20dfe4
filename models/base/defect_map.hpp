// SPDX-License-Identifier: Apache-2.0
// Dead cores of a wafer, and the regular mesh that is made of those left: spare columns and rows, dead cores bypassed
// within their row, columns that step aside. Kernel-free.
//
// A dead core's router still passes words on: what fails is mostly the core's logic and memory. In a row the cores in
// use keep their order; a word from one to the next pays a hop per physical column. From row to row a column may sit
// elsewhere: its words then pass along the lower row by as many hops.
#pragma once

#include "models/base/parameter.hpp"

#include <cstdint>
#include <vector>

namespace strata::base {

struct defect_config {
  unsigned columns = 64, rows = 64;            ///< of the regular mesh
  unsigned spare_columns = 8, spare_rows = 0;  ///< physical ones beyond those
  double dead_share = 0.01;                    ///< of all physical cores
  double cluster_cores = 3;                    ///< mean size of a cluster of dead cores, >= 1
  std::uint64_t seed = 1;
  void parameters(parameter_list& p);
  /// Those but the size of the regular mesh.
  void defect_parameters(parameter_list& p);
};

class defect_map {
public:
  /// Throws input_error where too many rows have too few cores left.
  explicit defect_map(const defect_config& c);
  /// The same wafer with the largest regular mesh of at most c.columns x c.rows that its live cores make.
  static defect_config largest(defect_config c);

  unsigned columns() const { return m_config.columns; } ///< of the regular mesh
  unsigned rows() const { return m_config.rows; }
  unsigned width() const { return m_width; } ///< physical columns
  unsigned height() const { return m_height; }
  bool dead(unsigned x, unsigned y) const { return m_dead[std::size_t{y} * m_width + x]; }
  /// Physical place of core (column, row) of the regular mesh.
  unsigned x(unsigned column, unsigned row) const { return m_x[std::size_t{row} * m_config.columns + column]; }
  unsigned y(unsigned row) const { return m_y[row]; }

  /// Links from the first of `count` cores of a row, or of a column, to each of them.
  std::vector<std::uint32_t> along_row(unsigned row, unsigned first, unsigned count) const;
  std::vector<std::uint32_t> along_column(unsigned column, unsigned first, unsigned count) const;

  struct stretch {
    double mean = 1;       ///< physical hops per hop of the regular mesh
    unsigned longest = 1;  ///< physical hops of the worst one
  };
  stretch horizontal() const;
  stretch vertical() const;
  /// Columns that share a physical link and direction, where most do. All columns used at once take at least that many
  /// times as long for their words as one; up to a quarter more, as a column may wait for one that waits elsewhere.
  unsigned column_sharing() const { return column_sharing(0, 0, m_config.columns, m_config.rows); }
  /// Of the columns of a rectangle with its first core at (column, row).
  unsigned column_sharing(unsigned column, unsigned row, unsigned width, unsigned height) const;

private:
  void kill(double share);
  bool place_row(unsigned y);
  std::uint32_t step_down(unsigned column, unsigned row) const;

  const defect_config m_config;
  const unsigned m_width, m_height;
  std::vector<bool> m_dead;
  std::vector<unsigned> m_x, m_y;
};

} // namespace strata::base
