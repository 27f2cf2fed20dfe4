// SPDX-License-Identifier: Apache-2.0
// Collective groups of the devices that split a layer: what is written to devices and switches to form them, and an
// all-reduce over them as commands. Kernel-free.
#pragma once

#include "traffic/lowering/platform_view.hpp"

#include <vector>

namespace strata::traffic {

struct register_write {
  std::uint64_t address;
  std::vector<unsigned char> data;
};

/// Groups of the first ranks of a stage, relative to the first one's number. The other two exist only where the ranks
/// are more than a node has.
enum collective_group : std::uint16_t { all_ranks, ranks_of_a_node, same_place_in_all_nodes };
constexpr unsigned collective_groups = 3;

/// Writes that form the groups of the first `ranks` of `devices` with numbers from `first_group`; devices that symmetry
/// folds count as many as they stand for. `window`: number of the switches' multicast group that gets the same members.
std::vector<register_write> form_groups(const std::vector<device_view>& devices, unsigned ranks, unsigned node_ranks,
                                        unsigned first_group, unsigned window);

/// All-reduce of `bytes` over `ranks` as `like` says otherwise: one command in a node; over several, a reduce-scatter
/// in the nodes, an all-reduce of each part between them and an all-gather, or, where latency counts for more than
/// bytes, two all-reduces of the whole.
std::vector<core::command> all_reduce(const core::command& like, std::uint64_t bytes, unsigned ranks, unsigned node_ranks);

} // namespace strata::traffic
