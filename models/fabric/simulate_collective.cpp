// SPDX-License-Identifier: Apache-2.0
// A collective from request to checked result, word by word.
#include "models/fabric/collective_program.hpp"

#include <stdexcept>

namespace strata::fabric {

using base::collective;

namespace {

/// Word `i` of the vector of member `m` before the collective.
std::uint32_t initial(std::size_t m, std::size_t i) { return static_cast<std::uint32_t>((m + 1) * 2654435761u + i * 40503u); }

void expect(bool right) {
  if (!right)
    throw std::logic_error("a collective left wrong values");
}

} // namespace

base::collective_cost simulate(const base::collective_request& r, colour_mesh_config c, const mesh_line* row) {
  if (!row) {
    c.width = r.width;
    c.height = r.height;
  }
  const auto words = static_cast<std::uint32_t>(r.words);
  std::vector<mesh_line> rows;
  for (unsigned y = 0; y < r.height; ++y)
    rows.push_back(row ? *row : straight_line(y * c.width, 1, c.width));
  const std::size_t n = rows.front().size();
  collective_program program(c);
  const auto reduce_all = [&] {
    const auto tree = base::make_reduce_tree(r.algorithm, static_cast<unsigned>(n), words, c.timing);
    for (const auto& line : rows)
      program.reduce(line, tree, 0, words);
    if (r.height > 1)
      program.reduce(straight_line(0, c.width, r.height), base::make_reduce_tree(r.algorithm, r.height, words, c.timing), 0, words);
  };
  const auto broadcast_all = [&] {
    if (r.height > 1)
      program.broadcast(0, r.width, r.height, words);
    else
      program.broadcast(rows.front(), 0, words);
  };
  if (r.kind == collective::reduce || r.kind == collective::all_reduce)
    reduce_all();
  if (r.kind == collective::broadcast || r.kind == collective::all_reduce)
    broadcast_all();
  for (const auto& line : rows) {
    if (r.kind == collective::ring_all_reduce)
      program.ring_all_reduce(line, words);
    if (r.kind == collective::all_gather)
      program.all_gather(line, words);
    if (r.kind == collective::shift)
      program.shift(line, words);
  }

  colour_mesh mesh(c);
  const std::size_t held = r.kind == collective::all_gather ? n * words : r.kind == collective::shift ? 2 * words : words;
  const auto each = [&](auto&& visit) { // (member of all, member of its row, memory)
    for (std::size_t y = 0; y < rows.size(); ++y)
      for (std::size_t m = 0; m < n; ++m)
        visit(y * n + m, m, mesh.memory(rows[y].core_of(m)));
  };
  std::vector<std::uint32_t> all(words), by_row(words * rows.size()); // sums
  each([&](std::size_t i, std::size_t m, std::vector<std::uint32_t>& memory) {
    memory.assign(held, 0);
    for (std::size_t w = 0; w < words; ++w) {
      memory[r.kind == collective::all_gather ? m * words + w : w] = initial(i, w);
      all[w] += initial(i, w);
      by_row[i / n * words + w] += initial(i, w);
    }
  });
  program.load(mesh);
  base::collective_cost cost;
  cost.cycles = mesh.run();
  cost.word_hops = mesh.word_hops();
  each([&](std::size_t i, std::size_t m, const std::vector<std::uint32_t>& memory) {
    for (std::size_t w = 0; w < words; ++w)
      switch (r.kind) {
      case collective::reduce: expect(i > 0 || memory[w] == all[w]); break;
      case collective::broadcast: expect(memory[w] == initial(0, w)); break;
      case collective::all_reduce: expect(memory[w] == all[w]); break;
      case collective::ring_all_reduce: expect(memory[w] == by_row[i / n * words + w]); break;
      case collective::shift: expect(memory[words + w] == initial(i - m + (m + n - 1) % n, w)); break;
      case collective::all_gather:
        for (std::size_t from = 0; from < n; ++from)
          expect(memory[from * words + w] == initial(i - m + from, w));
        break;
      }
  });
  return cost;
}

} // namespace strata::fabric
