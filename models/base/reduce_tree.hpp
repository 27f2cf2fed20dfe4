// SPDX-License-Identifier: Apache-2.0
// Shapes of a reduction over a line of cores, after Luczynski et al., "Near-Optimal Wafer-Scale Reduce", HPDC 2024.
// Kernel-free.
//
// Core 0 is the root. A core adds what its children send, nearest first, to its own vector and sends the sum to its
// parent while the last child's words come in. Subtrees are contiguous (pre-order), so messages nest.
#pragma once

#include <cstdint>
#include <vector>

namespace strata::base {

/// On-chip mesh with one word (32 bits) per link, direction and cycle. Values: WSE-2, Luczynski et al.
struct mesh_timing {
  unsigned hop_cycles = 1;  ///< router to router
  unsigned ramp_cycles = 2; ///< core to its router, and back
  /// What a word pays from core to core besides the hops: up, down, and a cycle of the core.
  unsigned stage_cycles() const { return 2 * ramp_cycles + 1; }
};

/// As published, but for `overlapped`. auto_gen: of the trees that are best by the published model, the one whose streams
/// keep to it best; overlapped: the tree whose streams end first, which hides depth behind transfers.
enum class reduce_algorithm { star, chain, tree, two_phase, auto_gen, overlapped };

/// parent[i] < i for every core but core 0; parent[0] is 0.
using reduce_tree = std::vector<std::uint32_t>;

/// The tree of `algorithm` over `cores` (1 to 65535) cores. `words` and `timing` matter to the planned ones only, which
/// take tens of milliseconds for 750 cores: keep the tree.
reduce_tree make_reduce_tree(reduce_algorithm algorithm, unsigned cores, std::uint64_t words, const mesh_timing& timing);

struct tree_shape {
  std::uint64_t energy = 0; ///< links passed by one word of every message
  unsigned depth = 0;       ///< longest chain of dependent additions
  unsigned contention = 0;  ///< most children of a core
};
tree_shape shape_of(const reduce_tree& tree);

/// The published cost model: max(contention, energy / links + distance) + (2 ramp + 1) * depth, in cycles.
double model_cycles(const tree_shape& shape, unsigned cores, std::uint64_t words, const mesh_timing& timing);

/// Cycles until the root has the sum, by when each core's stream of words starts and ends; what the mesh does word by
/// word, as long as messages that share links do not slow each other. `positions`: where cores sit, in links from the
/// first, empty: 0, 1, 2 ...
std::uint64_t stream_cycles(const reduce_tree& tree, std::uint64_t words, const mesh_timing& timing,
                            const std::vector<std::uint32_t>& positions = {});

/// What make_reduce_tree() does for the planned algorithms; `cores` >= 3.
reduce_tree plan_auto_gen(unsigned cores, std::uint64_t words, const mesh_timing& timing);
reduce_tree plan_overlapped(unsigned cores, std::uint64_t words, const mesh_timing& timing);

} // namespace strata::base
