// SPDX-License-Identifier: Apache-2.0
// Fixed reduction trees, and what trees cost.
#include "models/base/reduce_tree.hpp"

#include <algorithm>
#include <cmath>

namespace strata::base {

reduce_tree make_reduce_tree(reduce_algorithm algorithm, unsigned cores, std::uint64_t words, const mesh_timing& timing) {
  reduce_tree t(cores, 0);
  switch (algorithm) {
  case reduce_algorithm::star: break;
  case reduce_algorithm::chain:
    for (std::uint32_t i = 1; i < cores; ++i)
      t[i] = i - 1;
    break;
  case reduce_algorithm::tree:
    for (std::uint32_t i = 1; i < cores; ++i)
      t[i] = i & (i - 1); // without its lowest bit
    break;
  case reduce_algorithm::two_phase: {
    const auto group = static_cast<std::uint32_t>(std::lround(std::sqrt(cores)));
    for (std::uint32_t i = 1; i < cores; ++i)
      t[i] = i % group == 0 ? i - group : i - 1;
    break;
  }
  case reduce_algorithm::auto_gen: return cores < 3 ? t : plan_auto_gen(cores, words, timing);
  case reduce_algorithm::overlapped: return cores < 3 ? t : plan_overlapped(cores, words, timing);
  }
  return t;
}

tree_shape shape_of(const reduce_tree& tree) {
  tree_shape s;
  std::vector<unsigned> depth(tree.size(), 0), children(tree.size(), 0);
  for (std::size_t i = tree.size(); i-- > 1;) { // children come after their parents
    s.energy += i - tree[i];
    depth[tree[i]] = std::max(depth[tree[i]], depth[i] + 1);
    s.contention = std::max(s.contention, ++children[tree[i]]);
  }
  s.depth = depth[0];
  return s;
}

double model_cycles(const tree_shape& s, unsigned cores, std::uint64_t words, const mesh_timing& timing) {
  if (cores < 2)
    return 0;
  const double b = static_cast<double>(words), links = cores - 1;
  const double distance = links * timing.hop_cycles;
  // In a star the messages queue up at the root's own link, and the distance is travelled meanwhile.
  const double network = s.depth == 1 ? distance : static_cast<double>(s.energy) * b / links + distance;
  const double transfer = std::max(s.contention * b, network);
  return transfer + static_cast<double>(timing.stage_cycles()) * s.depth;
}

std::uint64_t stream_cycles(const reduce_tree& tree, std::uint64_t words, const mesh_timing& timing,
                            const std::vector<std::uint32_t>& positions) {
  const std::size_t n = tree.size();
  // Per core: first word out, one after the last, and the same of the message that it adds to its parent's.
  std::vector<std::uint64_t> begin(n, 0), end(n, words);
  std::vector<std::uint32_t> first(n, 0), next(n, 0); // children, nearest first; 0 = none
  for (auto i = static_cast<std::uint32_t>(n); i-- > 1;) {
    next[i] = first[tree[i]];
    first[tree[i]] = i;
  }
  for (std::size_t i = n; i-- > 0;)
    for (std::uint32_t child = first[i]; child; child = next[child]) {
      const std::uint64_t links = positions.empty() ? child - i : positions[child] - positions[i];
      const std::uint64_t way = links * timing.hop_cycles + timing.stage_cycles();
      begin[i] = std::max(begin[child] + way, child == first[i] ? 0 : end[i]); // waits in the network for its turn
      end[i] = std::max(begin[i] + words, end[child] + way);
    }
  return n > 1 ? end[0] : 0;
}

} // namespace strata::base
