// SPDX-License-Identifier: Apache-2.0
#include "models/core/core_mesh.hpp"

#include "models/base/diagnostic.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

namespace strata::core {

namespace {

/// Wafers of a platform have the same map where nothing else is said, and each has several policies.
std::shared_ptr<const base::defect_map> map_of(const base::defect_config& c) {
  using key = std::tuple<unsigned, unsigned, unsigned, unsigned, double, double, std::uint64_t>;
  static std::map<key, std::shared_ptr<const base::defect_map>> known;
  auto& map = known[{c.columns, c.rows, c.spare_columns, c.spare_rows, c.dead_share, c.cluster_cores, c.seed}];
  if (!map)
    map = std::make_shared<base::defect_map>(base::defect_map::largest(c));
  return map;
}

/// Keeps the longest of lines.
class longest_line {
public:
  void add(std::vector<std::uint32_t> positions) {
    m_sum += positions.back();
    ++m_lines;
    if (m_all.positions.empty() || positions.back() > m_all.positions.back())
      m_all.positions = std::move(positions);
  }
  core_lines all(unsigned sharing) {
    const double longest = m_all.positions.back();
    m_all.mean = longest > 0 ? m_sum / m_lines / longest : 1;
    m_all.sharing = sharing;
    return std::move(m_all);
  }

private:
  core_lines m_all;
  double m_sum = 0, m_lines = 0;
};

} // namespace

std::vector<std::uint32_t> core_lines::first(unsigned cores) const {
  return {positions.begin(), positions.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(cores, positions.size()))};
}

base::collective_cost core_lines::of_all(base::collective_cost c, std::uint64_t words) const {
  c.cycles += (sharing - 1) * words;
  c.busiest *= sharing;
  c.word_hops = static_cast<std::uint64_t>(std::llround(static_cast<double>(c.word_hops) * mean));
  return c;
}

core_mesh::core_mesh(const core_config& config)
    : m_columns(config.columns ? std::min(config.columns, config.units) : static_cast<unsigned>(std::sqrt(config.units))),
      m_rows(config.units / m_columns) {
  if (config.defects.dead_share <= 0)
    return;
  base::defect_config c = config.defects;
  c.columns = m_columns;
  c.rows = m_rows;
  m_defects = map_of(c);
  m_columns = m_defects->columns();
  m_rows = m_defects->rows();
  m_stretch = (m_defects->horizontal().mean + m_defects->vertical().mean) / 2;
}

const region_lines& core_mesh::lines(const mesh_region& r) const {
  static const region_lines straight;
  if (r.x + r.width > m_columns || r.y + r.height > m_rows)
    throw base::input_error({}, "a command names " + std::to_string(r.width) + " x " + std::to_string(r.height) + " cores at (" +
                                    std::to_string(r.x) + ", " + std::to_string(r.y) + "), expected a rectangle of the mesh of " +
                                    std::to_string(m_columns) + " x " + std::to_string(m_rows));
  if (!m_defects)
    return straight;
  using key = std::tuple<const base::defect_map*, unsigned, unsigned, unsigned, unsigned>;
  static std::map<key, region_lines> known; // maps live as long as the program
  const auto [at, added] = known.try_emplace({m_defects.get(), r.x, r.y, r.width, r.height});
  if (added) {
    longest_line rows, columns;
    for (unsigned y = r.y; y < r.y + r.height; ++y)
      rows.add(m_defects->along_row(y, r.x, r.width));
    for (unsigned x = r.x; x < r.x + r.width; ++x)
      columns.add(m_defects->along_column(x, r.y, r.height));
    at->second = {rows.all(1), columns.all(m_defects->column_sharing(r.x, r.y, r.width, r.height))};
  }
  return at->second;
}

} // namespace strata::core
