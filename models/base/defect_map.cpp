// SPDX-License-Identifier: Apache-2.0
// Scatters clusters of dead cores and assigns the cores of each row.
#include "models/base/defect_map.hpp"

#include "models/base/diagnostic.hpp"

#include <algorithm>
#include <cmath>
#include <random>

namespace strata::base {

void defect_config::parameters(parameter_list& p) {
  p.add("columns", columns, between(1, 4096), "cores in a row of the regular mesh");
  p.add("rows", rows, between(1, 4096), "rows of the regular mesh");
  defect_parameters(p);
}

void defect_config::defect_parameters(parameter_list& p) {
  p.add("spare_columns", spare_columns, between(0, 4096), "physical columns beyond those of the regular mesh (wafer)");
  p.add("spare_rows", spare_rows, between(0, 4096), "physical rows beyond those of the regular mesh (wafer)");
  p.add("dead_cores", dead_share, between(0, 0.5), "share of physical cores that do not work (wafer)");
  p.add("cluster_cores", cluster_cores, between(1, 1000), "mean size of a cluster of dead cores (wafer)");
  p.add("defect_seed", seed, non_negative(), "where the dead cores are (wafer)");
}

defect_map::defect_map(const defect_config& c)
    : m_config(c), m_width(c.columns + c.spare_columns), m_height(c.rows + c.spare_rows), m_dead(std::size_t{m_width} * m_height) {
  kill(c.dead_share);
  for (unsigned row = 0; row < m_height && m_y.size() < c.rows; ++row)
    if (place_row(row))
      m_y.push_back(row);
  if (m_y.size() < c.rows)
    throw input_error({}, "defects leave " + std::to_string(m_y.size()) + " rows of " + std::to_string(c.columns) + " cores, expected " +
                            std::to_string(c.rows) + ": more spare_columns or spare_rows, or fewer dead_cores");
}

defect_config defect_map::largest(defect_config c) {
  defect_config wafer = c; // every physical row, of one core each, for its dead cores
  wafer.columns = 1;
  wafer.spare_columns = c.columns + c.spare_columns - 1;
  wafer.rows = 1;
  wafer.spare_rows = c.rows + c.spare_rows - 1;
  const defect_map map(wafer);
  std::vector<unsigned> rows_with(map.width() + 1, 0); // at least so many live cores
  for (unsigned y = 0; y < map.height(); ++y) {
    unsigned live = 0;
    for (unsigned x = 0; x < map.width(); ++x)
      live += !map.dead(x, y);
    ++rows_with[live];
  }
  for (unsigned live = map.width(); live-- > 0;)
    rows_with[live] += rows_with[live + 1];
  unsigned columns = 0, rows = 0;
  for (unsigned wide = 1; wide <= c.columns; ++wide)
    if (const unsigned high = std::min(c.rows, rows_with[wide]); std::uint64_t{wide} * high >= std::uint64_t{columns} * rows) {
      columns = wide;
      rows = high;
    }
  c.spare_columns += c.columns - columns;
  c.spare_rows += c.rows - rows;
  c.columns = columns;
  c.rows = rows;
  return c;
}

/// Clusters grow from places at random, by steps to neighbours, until the share is reached.
void defect_map::kill(double share) {
  std::mt19937_64 random(m_config.seed);
  const auto below = [&](std::uint64_t n) { return static_cast<unsigned>(random() % n); };
  const auto target = static_cast<std::size_t>(std::llround(share * static_cast<double>(m_dead.size())));
  for (std::size_t count = 0; count < target;) {
    unsigned px = below(m_width), py = below(m_height);
    do {
      if (!m_dead[std::size_t{py} * m_width + px]) {
        m_dead[std::size_t{py} * m_width + px] = true;
        ++count;
      }
      unsigned& moved = below(2) ? px : py;
      const unsigned limit = &moved == &px ? m_width : m_height;
      moved = std::min(below(2) ? moved + 1 : moved - std::min(1u, moved), limit - 1);
    } while (count < target && static_cast<double>(below(1u << 30)) * m_config.cluster_cores >= static_cast<double>(1u << 30)); // ends with 1 / mean
  }
}

/// Each column takes the nearest live core at or right of its nominal place; spares are spread over the row, so that
/// columns come back to their places after a defect. False where the row has too few cores.
bool defect_map::place_row(unsigned row) {
  const unsigned columns = m_config.columns;
  std::vector<unsigned> live;
  for (unsigned px = 0; px < m_width; ++px)
    if (!dead(px, row))
      live.push_back(px);
  if (live.size() < columns)
    return false;
  std::size_t next = 0;
  for (unsigned column = 0; column < columns; ++column) {
    const unsigned nominal = static_cast<unsigned>(std::uint64_t{column} * (m_width - 1) / std::max(1u, columns - 1));
    const std::size_t last = live.size() - (columns - column); // leaves enough for the others
    while (next < last && live[next] < nominal)
      ++next;
    m_x.push_back(live[next++]);
  }
  return true;
}

std::vector<std::uint32_t> defect_map::along_row(unsigned row, unsigned first, unsigned count) const {
  std::vector<std::uint32_t> links;
  links.reserve(count);
  for (unsigned column = first; column < first + count; ++column)
    links.push_back(x(column, row) - x(first, row));
  return links;
}

/// Links from a core to the one in the next row.
std::uint32_t defect_map::step_down(unsigned column, unsigned row) const {
  const unsigned here = x(column, row), below = x(column, row + 1);
  return y(row + 1) - y(row) + (here > below ? here - below : below - here);
}

std::vector<std::uint32_t> defect_map::along_column(unsigned column, unsigned first, unsigned count) const {
  std::vector<std::uint32_t> links{0};
  links.reserve(count);
  for (unsigned row = first; row + 1 < first + count; ++row)
    links.push_back(links.back() + step_down(column, row));
  return links;
}

defect_map::stretch defect_map::horizontal() const {
  stretch s{0, 1};
  if (m_config.columns < 2)
    return {};
  for (unsigned row = 0; row < m_config.rows; ++row) {
    s.mean += x(m_config.columns - 1, row) - x(0, row);
    for (unsigned column = 1; column < m_config.columns; ++column)
      s.longest = std::max(s.longest, x(column, row) - x(column - 1, row));
  }
  s.mean /= static_cast<double>(m_config.rows) * (m_config.columns - 1);
  return s;
}

defect_map::stretch defect_map::vertical() const {
  stretch s{0, 1};
  if (m_config.rows < 2)
    return {};
  for (unsigned row = 0; row + 1 < m_config.rows; ++row)
    for (unsigned column = 0; column < m_config.columns; ++column) {
      const unsigned hops = step_down(column, row);
      s.mean += hops;
      s.longest = std::max(s.longest, hops);
    }
  s.mean /= static_cast<double>(m_config.columns) * (m_config.rows - 1);
  return s;
}

unsigned defect_map::column_sharing(unsigned first_column, unsigned first_row, unsigned wide, unsigned high) const {
  unsigned most = 1;
  for (unsigned row = first_row + 1; row < first_row + high; ++row) {
    std::vector<int> right(m_width + 1, 0), left(m_width + 1, 0); // begins and ends of detours along the row
    for (unsigned column = first_column; column < first_column + wide; ++column) {
      const unsigned here = x(column, row), above = x(column, row - 1);
      auto& way = here > above ? right : left;
      ++way[std::min(here, above)];
      --way[std::max(here, above)];
    }
    int r = 0, l = 0;
    for (unsigned px = 0; px < m_width; ++px) {
      r += right[px];
      l += left[px];
      most = std::max({most, static_cast<unsigned>(r), static_cast<unsigned>(l)});
    }
  }
  return most;
}

} // namespace strata::base
