// SPDX-License-Identifier: Apache-2.0
// Collectives as programs of colours: routes for the routers, operations for the cores. Kernel-free.
#pragma once

#include "models/base/mesh_collective.hpp"
#include "models/fabric/colour_mesh.hpp"

#include <cstdint>
#include <vector>

namespace strata::fabric {

/// Cores along a path of neighbouring routers; those in between only pass words on.
struct mesh_line {
  std::vector<std::uint32_t> path;    ///< routers, each next to the one before
  std::vector<std::uint32_t> members; ///< ascending indices into path

  std::size_t size() const { return members.size(); }
  std::uint32_t core_of(std::size_t member) const { return path[members[member]]; }
};

/// `count` routers from `first` on, `step` apart (1: a row, the mesh's width: a column), all of them members.
mesh_line straight_line(std::uint32_t first, std::uint32_t step, unsigned count);

/// Collects collectives, each on colours that none of its routers uses yet, and puts them on a mesh. What is added to
/// a core runs after what was added before, except where said otherwise. Functions that need more colours than the
/// mesh has throw base::input_error.
class collective_program {
public:
  explicit collective_program(const colour_mesh_config& c);

  /// Every member's words [offset, offset + words) summed into the first member's.
  void reduce(const mesh_line& line, const base::reduce_tree& tree, std::uint32_t offset, std::uint32_t words);
  /// The first member's words to all.
  void broadcast(const mesh_line& line, std::uint32_t offset, std::uint32_t words);
  /// Words of the core at `corner` to all of the `width` by `height` cores right of and below it, in one multicast.
  void broadcast(std::uint32_t corner, unsigned width, unsigned height, std::uint32_t words);
  /// Sum of all members' `words` at all, in a chunk per member, which goes round a ring twice.
  void ring_all_reduce(const mesh_line& line, std::uint32_t words);
  /// Member m's words [m * words, (m + 1) * words) to all, round a ring once.
  void all_gather(const mesh_line& line, std::uint32_t words);
  /// Member m's words [0, words) to the next one's [words, 2 * words), the last one's to the first's.
  void shift(const mesh_line& line, std::uint32_t words);

  /// Sets routes and programs of `mesh`, whose memories must be there.
  void load(colour_mesh& mesh) const;
  /// Colours in use at the router that uses most.
  unsigned colours() const;

private:
  void add(std::uint32_t core, const core_operation& o) { m_main[core].push_back(o); }
  void add_route(std::uint32_t router, unsigned colour, std::vector<switch_position> positions);
  template <class Routers> unsigned free_colour(const Routers& routers);
  unsigned free_colour(const mesh_line& line, std::size_t first, std::size_t last);
  mesh_port towards(std::uint32_t from, std::uint32_t to) const;
  /// `words` in a chunk per member: `steps` times each member sends a chunk to the next one, beginning with its own; in the
  /// first `sums` steps it is added there. The last member sends to the first, back over the line.
  void ring(const mesh_line& line, std::uint32_t words, std::size_t steps, std::size_t sums);
  /// A message's way between two places of the path, from `from` to `to`.
  unsigned connect(const mesh_line& line, std::size_t from, std::size_t to);

  struct route {
    std::uint32_t router;
    unsigned colour;
    std::vector<switch_position> positions;
  };
  const colour_mesh_config m_config;
  std::vector<std::uint32_t> m_used; ///< by router: set of colours
  std::vector<route> m_routes;
  std::vector<std::vector<core_operation>> m_main;
  std::vector<std::pair<std::uint32_t, std::vector<core_operation>>> m_parallel;
};

/// Runs `request` word by word on a mesh of its size, or over `row` of the mesh (requests of one row). Checks the
/// values that every core ends with; a wrong one is a std::logic_error. `busiest` is not counted.
base::collective_cost simulate(const base::collective_request& request, colour_mesh_config c, const mesh_line* row = nullptr);

} // namespace strata::fabric
