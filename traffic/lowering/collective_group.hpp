// SPDX-License-Identifier: Apache-2.0
// Collective groups of the devices that split a layer: what is written to devices and switches to form them, and an
// all-reduce over them as commands. Kernel-free.
#pragma once

#include "traffic/lowering/platform_view.hpp"

#include <algorithm>
#include <vector>

namespace strata::traffic {

struct register_write {
  std::uint64_t address;
  std::vector<unsigned char> data;
};

/// How the ranks of a stage are divided: into nodes, and into equal sets that split a layer each by itself. Nodes divide
/// sets, or sets nodes.
struct rank_division {
  unsigned ranks = 1;
  unsigned node_ranks = 1; ///< that share a scale-up domain
  unsigned sets = 1;
  unsigned key_ranks = 1;  ///< neighbours in a node that have the keys of the same heads, each a part

  unsigned set_ranks() const { return ranks / sets; }
  /// Ranks of a set in one node.
  unsigned block() const { return std::min(set_ranks(), node_ranks); }
};

/// Groups of the first ranks of a stage, relative to the first one's number; blocks are the ranks of a set in one node. A
/// group that would be all ranks, or one alone, is not formed.
enum collective_group : std::uint16_t {
  all_ranks,
  ranks_of_a_block,
  same_place_in_blocks_of_a_set,
  same_place_in_all_sets,
  ranks_of_the_same_keys
};
constexpr unsigned collective_groups = 5;

/// Writes that form the groups of the first of `devices` with numbers from `first_group`; devices that symmetry folds count as
/// many as they stand for. `window`: number of a switch's multicast group that gets the members of its first block, those
/// behind it are the next ones'.
std::vector<register_write> form_groups(const std::vector<device_view>& devices, const rank_division& d, unsigned first_group,
                                        unsigned window);

/// All-reduce of `bytes` over a set as `like` says otherwise: one command in a node; over several, a reduce-scatter
/// in the nodes, an all-reduce of each part between them and an all-gather, or, where latency counts for more than
/// bytes, two all-reduces of the whole.
std::vector<core::command> all_reduce(const core::command& like, std::uint64_t bytes, const rank_division& d);

} // namespace strata::traffic
