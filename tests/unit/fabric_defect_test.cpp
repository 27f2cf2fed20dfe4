// SPDX-License-Identifier: Apache-2.0
// The regular mesh on a wafer with dead cores: right cores, few detours, and what collectives pay for them.
#include "models/base/diagnostic.hpp"
#include "models/fabric/defect_lines.hpp"

#include <gtest/gtest.h>

#include <set>

namespace strata::fabric {
namespace {

using base::defect_config;
using base::defect_map;

defect_config wafer(double dead_share, unsigned spare_columns) {
  defect_config c;
  c.columns = 100;
  c.rows = 80;
  c.spare_columns = spare_columns;
  c.spare_rows = 4;
  c.dead_share = dead_share;
  return c;
}

TEST(defects, as_many_cores_are_dead_as_said_and_they_cluster) {
  for (const double share : {0.01, 0.03, 0.07}) {
    const defect_map map(wafer(share, 30));
    std::size_t dead = 0, beside = 0;
    for (unsigned y = 0; y < map.height(); ++y)
      for (unsigned x = 0; x < map.width(); ++x) {
        dead += map.dead(x, y);
        beside += map.dead(x, y) && ((x > 0 && map.dead(x - 1, y)) || (y > 0 && map.dead(x, y - 1)));
      }
    const double cores = map.width() * map.height();
    EXPECT_NEAR(static_cast<double>(dead), share * cores, 0.5);
    EXPECT_GT(static_cast<double>(beside) / static_cast<double>(dead), 0.3 + 2 * share); // scattered ones: about 2 * share
  }
}

TEST(defects, the_regular_mesh_has_live_cores_in_order_each_once) {
  for (const std::uint64_t seed : {1u, 2u, 3u}) {
    defect_config c = wafer(0.05, 16);
    c.seed = seed;
    const defect_map map(c);
    for (unsigned row = 0; row < c.rows; ++row) {
      if (row > 0) {
        EXPECT_GT(map.y(row), map.y(row - 1));
      }
      for (unsigned column = 0; column < c.columns; ++column) {
        ASSERT_LT(map.x(column, row), map.width());
        EXPECT_FALSE(map.dead(map.x(column, row), map.y(row)));
        if (column > 0) {
          EXPECT_GT(map.x(column, row), map.x(column - 1, row));
        }
      }
    }
  }
}

TEST(defects, a_perfect_wafer_without_spares_has_no_detours) {
  const defect_map map(wafer(0, 0));
  EXPECT_EQ(map.horizontal().mean, 1);
  EXPECT_EQ(map.vertical().longest, 1u);
  EXPECT_EQ(map.column_sharing(), 1u);
}

TEST(defects, more_dead_cores_cost_more_hops) {
  double before = 1;
  for (const double share : {0.01, 0.03, 0.07}) {
    const defect_map map(wafer(share, 20));
    const double vertical = map.vertical().mean;
    EXPECT_GT(vertical, before);
    EXPECT_LT(vertical, 1 + 30 * share); // a handful of hops for each dead core on the way
    EXPECT_NEAR(map.horizontal().mean, 119.0 / 99, 0.05); // the spares are spread over the row
    before = vertical;
  }
}

TEST(defects, equal_seeds_give_equal_maps_and_others_do_not) {
  defect_config c = wafer(0.03, 16);
  const defect_map a(c), b(c);
  c.seed = 7;
  const defect_map other(c);
  unsigned differ = 0;
  for (unsigned y = 0; y < a.height(); ++y)
    for (unsigned x = 0; x < a.width(); ++x) {
      EXPECT_EQ(a.dead(x, y), b.dead(x, y));
      differ += a.dead(x, y) != other.dead(x, y);
    }
  EXPECT_GT(differ, 100u);
}

TEST(defects, too_few_spares_are_an_error) {
  EXPECT_THROW(defect_map(wafer(0.07, 2)), base::input_error);
}

TEST(defects, the_largest_regular_mesh_of_what_is_left) {
  for (const double share : {0.01, 0.07, 0.3}) {
    const defect_config wanted = wafer(share, 4), got = defect_map::largest(wanted);
    EXPECT_EQ(got.columns + got.spare_columns, wanted.columns + wanted.spare_columns);
    EXPECT_EQ(got.rows + got.spare_rows, wanted.rows + wanted.spare_rows);
    EXPECT_LE(got.columns, wanted.columns);
    EXPECT_LE(got.rows, wanted.rows);
    const defect_map map(got);
    for (const auto& [more_columns, more_rows] : {std::pair{1u, 0u}, {0u, 1u}}) {
      defect_config larger = got;
      larger.columns += more_columns;
      larger.spare_columns -= more_columns;
      larger.rows += more_rows;
      larger.spare_rows -= more_rows;
      if (larger.columns <= wanted.columns && larger.rows <= wanted.rows) {
        EXPECT_THROW(defect_map{larger}, base::input_error);
      }
    }
    EXPECT_EQ(std::pair(got.columns, got.rows) == std::pair(wanted.columns, wanted.rows), share == 0.01) << share;
  }
}

TEST(defects, positions_on_lines_are_those_of_their_paths) {
  const defect_map map(wafer(0.05, 16));
  const auto whole = map.along_column(7, 0, 80), part = map.along_column(7, 20, 30);
  EXPECT_EQ(whole, column_line(map, 7).members);
  for (unsigned i = 0; i < 30; ++i)
    EXPECT_EQ(part[i], whole[20 + i] - whole[20]);
  EXPECT_EQ(map.along_row(3, 10, 2).back(), map.x(11, 3) - map.x(10, 3));
}

TEST(defects, collectives_through_the_map_cost_what_the_words_pay) {
  const defect_config c = wafer(0.05, 16);
  const defect_map map(c);
  colour_mesh_config physical;
  physical.width = map.width();
  physical.height = map.height();
  for (const bool down : {false, true}) {
    const mesh_line line = down ? column_line(map, c.columns / 2) : row_line(map, c.rows / 2);
    EXPECT_GT(line.path.size(), line.size()); // detours
    for (const auto kind : {base::collective::reduce, base::collective::broadcast, base::collective::all_reduce}) {
      const base::collective_request r{kind, base::reduce_algorithm::two_phase, static_cast<unsigned>(line.size()), 1, 50};
      const auto words = simulate(r, physical, &line), stream = base::cost_of(r, {}, line.members);
      EXPECT_NEAR(static_cast<double>(stream.cycles) / static_cast<double>(words.cycles), 1, 0.02);
      EXPECT_EQ(stream.word_hops, words.word_hops);
      EXPECT_GT(words.cycles, base::cost_of(r, {}).cycles); // dearer than on a perfect wafer
    }
  }
}

TEST(defects, columns_used_at_once_share_the_links_of_their_detours) {
  defect_config c = wafer(0.05, 16);
  c.rows = 30; // of the first 34
  const defect_map map(c);
  const unsigned sharing = map.column_sharing();
  ASSERT_GT(sharing, 1u);
  colour_mesh_config physical;
  physical.width = map.width();
  physical.height = map.height();
  constexpr std::uint32_t words = 600;
  collective_program program(physical);
  colour_mesh mesh(physical);
  std::size_t longest = 0;
  for (unsigned column = 0; column < c.columns; ++column) {
    const mesh_line line = column_line(map, column);
    program.broadcast(line, 0, words);
    longest = std::max(longest, line.path.size() - 1);
    for (std::size_t m = 0; m < line.size(); ++m)
      mesh.memory(line.core_of(m)).assign(words, 1);
  }
  program.load(mesh);
  const double shared = static_cast<double>(words * sharing + longest + 5);
  const double ratio = static_cast<double>(mesh.run()) / shared;
  EXPECT_GE(ratio, 1);
  EXPECT_LT(ratio, 1.25); // a column may wait for one that itself waits for another elsewhere
}

} // namespace
} // namespace strata::fabric
