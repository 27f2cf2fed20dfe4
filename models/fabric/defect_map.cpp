// SPDX-License-Identifier: Apache-2.0
// Scatters clusters of dead cores and assigns the cores of each row.
#include "models/fabric/defect_map.hpp"

#include "models/base/diagnostic.hpp"

#include <algorithm>
#include <cmath>
#include <random>

namespace strata::fabric {

void defect_config::parameters(base::parameter_list& p) {
  using base::between;
  p.add("columns", columns, between(1, 4096), "cores in a row of the regular mesh");
  p.add("rows", rows, between(1, 4096), "rows of the regular mesh");
  p.add("spare_columns", spare_columns, between(0, 4096), "physical columns beyond those");
  p.add("spare_rows", spare_rows, between(0, 4096), "physical rows beyond those");
  p.add("dead_share", dead_share, between(0, 0.5), "share of physical cores that do not work");
  p.add("cluster_cores", cluster_cores, between(1, 1000), "mean size of a cluster of dead cores");
  p.add("defect_seed", seed, base::non_negative(), "where the dead cores are");
}

defect_map::defect_map(const defect_config& c)
    : m_config(c), m_width(c.columns + c.spare_columns), m_height(c.rows + c.spare_rows), m_dead(std::size_t{m_width} * m_height) {
  kill(c.dead_share);
  for (unsigned row = 0; row < m_height && m_y.size() < c.rows; ++row)
    if (place_row(row))
      m_y.push_back(row);
  if (m_y.size() < c.rows)
    throw base::input_error({}, "defects leave " + std::to_string(m_y.size()) + " rows of " + std::to_string(c.columns) + " cores, expected " +
                            std::to_string(c.rows) + ": more spare_columns or spare_rows, or a smaller dead_share");
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

mesh_line defect_map::row_line(unsigned row) const {
  mesh_line l;
  const unsigned first = x(0, row), last = x(m_config.columns - 1, row);
  l = straight_line(y(row) * m_width + first, 1, last - first + 1);
  l.members.clear();
  for (unsigned column = 0; column < m_config.columns; ++column)
    l.members.push_back(x(column, row) - first);
  return l;
}

mesh_line defect_map::column_line(unsigned column) const {
  mesh_line l;
  unsigned px = x(column, 0), py = y(0);
  for (unsigned row = 0; row < m_config.rows; ++row) {
    for (; py < y(row); ++py)
      l.path.push_back(py * m_width + px);
    for (; px != x(column, row); px < x(column, row) ? ++px : --px)
      l.path.push_back(py * m_width + px);
    l.members.push_back(static_cast<std::uint32_t>(l.path.size()));
  }
  l.path.push_back(py * m_width + px);
  return l;
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
  for (unsigned row = 1; row < m_config.rows; ++row)
    for (unsigned column = 0; column < m_config.columns; ++column) {
      const unsigned here = x(column, row), above = x(column, row - 1);
      const unsigned hops = y(row) - y(row - 1) + (here > above ? here - above : above - here);
      s.mean += hops;
      s.longest = std::max(s.longest, hops);
    }
  s.mean /= static_cast<double>(m_config.columns) * (m_config.rows - 1);
  return s;
}

unsigned defect_map::column_sharing() const {
  unsigned most = 1;
  for (unsigned row = 1; row < m_config.rows; ++row) {
    std::vector<int> right(m_width + 1, 0), left(m_width + 1, 0); // begins and ends of detours along the row
    for (unsigned column = 0; column < m_config.columns; ++column) {
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

} // namespace strata::fabric
