// SPDX-License-Identifier: Apache-2.0
// Plans reduction trees by dynamic programming: over the published cost model, and over the time of streams.
#include "models/base/reduce_tree.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace strata::base {
namespace {

constexpr float infinite = std::numeric_limits<float>::infinity();

/// Least energy of pre-order trees with at most `width` children anywhere, by depth, children of the root, and size.
///
/// The last child of a root takes the last cores: energy(depth, children, p) is the least over i of
/// energy(depth, children - 1, i) + energy(depth - 1, width, p - i) + i. Both terms are convex in their size (a single
/// core is, and so is the infimal convolution of convex functions), so their increments are merged in order. Where they
/// are equal `first_grows` says which part takes the core: other trees of the same energy, with other stalls.
class tree_planner {
public:
  tree_planner(unsigned cores, unsigned width, unsigned depth, bool first_grows)
      : m_cores(cores), m_width(width), m_first_grows(first_grows), m_energy((depth + 1) * (width + 1), std::vector<float>(cores + 1, infinite)),
        m_split((depth + 1) * (width + 1)) {
    for (unsigned d = 0; d <= depth; ++d)
      for (unsigned c = 0; c <= width; ++c) {
        at(d, c)[1] = 0;
        if (d > 0 && c > 0)
          merge(at(d, c - 1), at(d - 1, width), at(d, c), m_split[d * (width + 1) + c]);
      }
  }
  double energy(unsigned depth) const { return m_energy[depth * (m_width + 1) + m_width][m_cores]; }
  reduce_tree tree(unsigned depth) const {
    reduce_tree t(m_cores, 0);
    build(t, 0, m_cores, depth, m_width);
    return t;
  }

private:
  std::vector<float>& at(unsigned d, unsigned c) { return m_energy[d * (m_width + 1) + c]; }

  void merge(const std::vector<float>& first, const std::vector<float>& last, std::vector<float>& sum,
             std::vector<std::uint16_t>& split) const {
    split.assign(m_cores + 1, 1);
    unsigned i = 1, j = 1; // cores of the first part, of the last child's
    for (unsigned p = 2; p <= m_cores; ++p) {
      sum[p] = first[i] + last[j] + static_cast<float>(i);
      split[p] = static_cast<std::uint16_t>(i);
      const float more_first = i < m_cores ? first[i + 1] + 1 - first[i] : infinite;
      const float more_last = j < m_cores ? last[j + 1] - last[j] : infinite;
      if (more_first == infinite && more_last == infinite)
        break;
      ++((m_first_grows ? more_first <= more_last : more_first < more_last) ? i : j);
    }
  }

  void build(reduce_tree& t, std::uint32_t root, unsigned cores, unsigned depth, unsigned children) const {
    while (cores > 1) {
      const unsigned i = m_split[depth * (m_width + 1) + children][cores];
      t[root + i] = root;
      build(t, root + i, cores - i, depth - 1, m_width);
      cores = i;
      --children;
    }
  }

  const unsigned m_cores, m_width;
  const bool m_first_grows;
  std::vector<std::vector<float>> m_energy;
  std::vector<std::vector<std::uint16_t>> m_split;
};

} // namespace

reduce_tree plan_auto_gen(unsigned cores, std::uint64_t words, const mesh_timing& timing) {
  reduce_tree best;
  double fewest = infinite;
  const auto consider = [&](reduce_tree tree) {
    const double cycles = std::max(model_cycles(shape_of(tree), cores, words, timing),
                                   static_cast<double>(stream_cycles(tree, words, timing)));
    if (cycles < fewest) {
      fewest = cycles;
      best = std::move(tree);
    }
  };
  for (const auto fixed : {reduce_algorithm::star, reduce_algorithm::chain, reduce_algorithm::tree, reduce_algorithm::two_phase})
    consider(make_reduce_tree(fixed, cores, words, timing));
  // Deep and wide at once gains nothing, since both save energy; nor does more width than two levels of children need.
  for (unsigned width = 2; width * width <= 4 * cores && static_cast<double>(words) * width < fewest; width += 1 + width / 8)
    for (const bool first_grows : {false, true}) {
      const unsigned deepest = std::min(cores - 1, width == 2 ? cores : std::max(8u, 128 / width));
      const tree_planner planner(cores, width, deepest, first_grows);
      for (unsigned depth = 2; depth <= deepest; ++depth)
        if (const auto least = planner.energy(depth); least < infinite &&
            model_cycles({static_cast<std::uint64_t>(least), depth, width}, cores, words, timing) < fewest)
          consider(planner.tree(depth));
    }
  return best;
}

reduce_tree plan_overlapped(unsigned cores, std::uint64_t words, const mesh_timing& timing) {
  // begin[p]: earliest first word out of a tree of p cores. Its last child takes all but the first i of them; that
  // child's words are added once the first i are through.
  std::vector<std::uint64_t> begin(cores + 1, 0);
  std::vector<std::uint32_t> split(cores + 1, 1);
  for (std::uint32_t p = 2; p <= cores; ++p) {
    std::uint64_t fewest = std::numeric_limits<std::uint64_t>::max();
    for (std::uint32_t i = 1; i < p; ++i) {
      const std::uint64_t arrival = begin[p - i] + std::uint64_t{i} * timing.hop_cycles + timing.stage_cycles();
      const std::uint64_t at = std::max(arrival, i == 1 ? 0 : begin[i] + words);
      if (at < fewest) {
        fewest = at;
        split[p] = i;
      }
    }
    begin[p] = fewest;
  }
  reduce_tree tree(cores, 0);
  std::vector<std::pair<std::uint32_t, std::uint32_t>> open{{0, cores}}; // root, size
  while (!open.empty()) {
    auto [root, size] = open.back();
    open.pop_back();
    for (; size > 1; size = split[size]) {
      tree[root + split[size]] = root;
      open.emplace_back(root + split[size], size - split[size]);
    }
  }
  return tree;
}

} // namespace strata::base
