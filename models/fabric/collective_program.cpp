// SPDX-License-Identifier: Apache-2.0
// Routes and operations of every collective.
#include "models/fabric/collective_program.hpp"

#include "models/base/diagnostic.hpp"

#include <algorithm>
#include <numeric>

namespace strata::fabric {

using base::collective;

mesh_line straight_line(std::uint32_t first, std::uint32_t step, unsigned count) {
  mesh_line l;
  l.path.resize(count);
  l.members.resize(count);
  for (unsigned i = 0; i < count; ++i)
    l.path[i] = first + i * step;
  std::iota(l.members.begin(), l.members.end(), 0u);
  return l;
}

collective_program::collective_program(const colour_mesh_config& c)
    : m_config(c), m_used(std::size_t{c.width} * c.height), m_main(m_used.size()) {}

mesh_port collective_program::towards(std::uint32_t from, std::uint32_t to) const {
  return to == from + 1 ? east : to + 1 == from ? west : to > from ? south : north;
}

template <class Routers> unsigned collective_program::free_colour(const Routers& routers) {
  std::uint32_t used = 0;
  for (const std::uint32_t r : routers)
    used |= m_used[r];
  unsigned colour = 0;
  while (colour < m_config.colours && used >> colour & 1)
    ++colour;
  if (colour == m_config.colours)
    throw base::input_error({}, "a collective needs more than the " + std::to_string(m_config.colours) + " colours of a router");
  for (const std::uint32_t r : routers)
    m_used[r] |= 1u << colour;
  return colour;
}

unsigned collective_program::free_colour(const mesh_line& line, std::size_t first, std::size_t last) {
  return free_colour(std::vector<std::uint32_t>(line.path.begin() + static_cast<std::ptrdiff_t>(first),
                                                line.path.begin() + static_cast<std::ptrdiff_t>(last) + 1));
}

void collective_program::add_route(std::uint32_t router, unsigned colour, std::vector<switch_position> positions) {
  m_routes.push_back({router, colour, std::move(positions)});
}

unsigned collective_program::connect(const mesh_line& line, std::size_t from, std::size_t to) {
  const unsigned colour = free_colour(line, std::min(from, to), std::max(from, to));
  const auto& p = line.path;
  for (std::size_t i = from;; i = from < to ? i + 1 : i - 1) {
    const mesh_port in = i == from ? core : towards(p[i], p[from < to ? i - 1 : i + 1]);
    const mesh_port out = i == to ? core : towards(p[i], p[from < to ? i + 1 : i - 1]);
    add_route(p[i], colour, {{in, to_port(out)}});
    if (i == to)
      return colour;
  }
}

void collective_program::reduce(const mesh_line& line, const base::reduce_tree& tree, std::uint32_t offset, std::uint32_t words) {
  const auto n = static_cast<std::uint32_t>(tree.size());
  std::vector<std::vector<std::uint32_t>> children(n);
  for (std::uint32_t i = 1; i < n; ++i)
    children[tree[i]].push_back(i);
  // One colour for each parent, over its children: a child's router sends its own core's message on first, then what
  // comes from farther out. Inner messages take the lower colours, which go first: what waits for its turn farther
  // out must not hold them up.
  std::vector<unsigned> colour(n);
  const auto& p = line.path;
  for (std::uint32_t parent = n; parent-- > 0;) {
    if (children[parent].empty())
      continue;
    const std::uint32_t first = line.members[parent], last = line.members[children[parent].back()];
    colour[parent] = free_colour(line, first, last);
    std::size_t next = 0;
    for (std::uint32_t i = first; i <= last; ++i) {
      std::vector<switch_position> positions;
      const std::uint8_t inward = i == first ? to_port(core) : to_port(towards(p[i], p[i - 1]));
      if (i == line.members[children[parent][next]]) {
        positions.push_back({core, inward});
        ++next;
      }
      if (i < last)
        positions.push_back({towards(p[i], p[i + 1]), inward});
      add_route(p[i], colour[parent], std::move(positions));
    }
  }
  for (std::uint32_t i = 0; i < n; ++i) {
    const int out = i == 0 ? core_operation::none : static_cast<int>(colour[tree[i]]);
    if (children[i].empty() && i > 0)
      add(line.core_of(i), {core_operation::none, out, false, offset, words});
    for (const std::uint32_t child : children[i])
      add(line.core_of(i), {static_cast<int>(colour[i]), child == children[i].back() ? out : core_operation::none, true, offset, words});
  }
}

void collective_program::broadcast(const mesh_line& line, std::uint32_t offset, std::uint32_t words) {
  if (line.size() < 2)
    return;
  const std::size_t first = line.members.front(), last = line.members.back();
  const unsigned colour = free_colour(line, first, last);
  const auto& p = line.path;
  std::size_t member = 0;
  for (std::size_t i = first; i <= last; ++i) {
    const bool here = line.members[member] == i;
    const mesh_port in = i == first ? core : towards(p[i], p[i - 1]);
    const unsigned on = i == last ? 0 : to_port(towards(p[i], p[i + 1]));
    add_route(p[i], colour, {{in, static_cast<std::uint8_t>(on | (here && i != first ? to_port(core) : 0))}});
    member += here;
  }
  const int c = static_cast<int>(colour);
  for (std::size_t m = 0; m < line.size(); ++m)
    add(line.core_of(m), {m == 0 ? core_operation::none : c, m == 0 ? c : core_operation::none, false, offset, words});
}

void collective_program::broadcast(std::uint32_t corner, unsigned width, unsigned height, std::uint32_t words) {
  if (width * height < 2)
    return;
  std::vector<std::uint32_t> cores;
  for (unsigned y = 0; y < height; ++y)
    for (unsigned x = 0; x < width; ++x)
      cores.push_back(corner + y * m_config.width + x);
  const unsigned colour = free_colour(cores);
  const int c = static_cast<int>(colour);
  for (std::size_t i = 0; i < cores.size(); ++i) {
    const std::size_t x = i % width, y = i / width;
    const bool root = i == 0;
    const mesh_port in = root ? core : y == 0 ? west : north;
    const unsigned on = (y == 0 && x + 1 < width ? to_port(east) : 0u) | (y + 1 < height ? to_port(south) : 0u);
    add_route(cores[i], colour, {{in, static_cast<std::uint8_t>(on | (root ? 0u : to_port(core)))}});
    add(cores[i], {root ? core_operation::none : c, root ? c : core_operation::none, false, 0, words});
  }
}

void collective_program::ring(const mesh_line& line, std::uint32_t words, std::size_t steps, std::size_t sums) {
  const std::size_t n = line.size();
  std::vector<int> to(n); // colour of the message to the next member
  for (std::size_t i = 0; i < n; ++i)
    to[i] = static_cast<int>(connect(line, line.members[i], line.members[(i + 1) % n]));
  const auto chunk = [&](std::size_t number, int in, int out, bool sum, std::size_t after) -> core_operation {
    const std::size_t c = number % n;
    const auto begin = static_cast<std::uint32_t>(c * words / n), end = static_cast<std::uint32_t>((c + 1) * words / n);
    return {in, out, sum, begin, end - begin, static_cast<std::uint32_t>(after)};
  };
  for (std::size_t i = 0; i < n; ++i) {
    std::vector<core_operation> sends, receives;
    for (std::size_t s = 0; s < steps; ++s) {
      // Sent when all of it is there: streamed on as it comes, messages could fill the ring and stop it.
      sends.push_back(chunk(i + 2 * n - s, core_operation::none, to[i], false, s));
      receives.push_back(chunk(i + 2 * n - 1 - s, to[(i + n - 1) % n], core_operation::none, s < sums, 0));
    }
    m_parallel.emplace_back(line.core_of(i), std::move(sends));
    m_parallel.emplace_back(line.core_of(i), std::move(receives));
  }
}

void collective_program::ring_all_reduce(const mesh_line& line, std::uint32_t words) {
  if (line.size() > 1)
    ring(line, words, 2 * (line.size() - 1), line.size() - 1);
}

void collective_program::all_gather(const mesh_line& line, std::uint32_t words) {
  if (line.size() > 1)
    ring(line, static_cast<std::uint32_t>(line.size() * words), line.size() - 1, 0);
}

void collective_program::shift(const mesh_line& line, std::uint32_t words) {
  const std::size_t n = line.size();
  for (std::size_t i = 0; i < n; ++i) {
    const int c = static_cast<int>(connect(line, line.members[i], line.members[(i + 1) % n]));
    m_parallel.push_back({line.core_of(i), {{core_operation::none, c, false, 0, words}}});
    m_parallel.push_back({line.core_of((i + 1) % n), {{c, core_operation::none, false, words, words}}});
  }
}

void collective_program::load(colour_mesh& mesh) const {
  for (const route& r : m_routes)
    mesh.set_route(r.router, r.colour, r.positions);
  for (std::uint32_t i = 0; i < m_main.size(); ++i)
    if (!m_main[i].empty())
      mesh.add_thread(i, m_main[i]);
  for (const auto& [number, operations] : m_parallel)
    mesh.add_thread(number, operations);
}

unsigned collective_program::colours() const {
  unsigned most = 0;
  for (const std::uint32_t used : m_used)
    most = std::max(most, static_cast<unsigned>(__builtin_popcount(used)));
  return most;
}

} // namespace strata::fabric
