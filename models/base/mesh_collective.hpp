// SPDX-License-Identifier: Apache-2.0
// Collectives on a mesh of cores and what they cost at stream level: streams of words with a start and an end, not
// words. Shared by whoever executes on such a mesh and by the mesh itself, which times them word by word. Kernel-free.
#pragma once

#include "models/base/reduce_tree.hpp"

#include <cstdint>
#include <vector>

namespace strata::base {

enum class collective { reduce, broadcast, all_reduce, ring_all_reduce, all_gather, shift };

/// Over `width` cores of a row, or over `height` such rows: rows first, then the first column (and back). `words` is
/// the vector of each core; of all_gather what each core contributes, of ring_all_reduce a multiple of the cores is
/// best. ring_all_reduce, all_gather and shift run in every row by itself.
struct collective_request {
  collective kind = collective::reduce;
  reduce_algorithm algorithm = reduce_algorithm::auto_gen;
  unsigned width = 2, height = 1;
  std::uint64_t words = 1;
};

struct collective_cost {
  std::uint64_t cycles = 0;    ///< first word leaving a core to last word in place
  std::uint64_t word_hops = 0; ///< links passed, for energy
  std::uint64_t busiest = 0;   ///< words over the busiest link or ramp: what concurrent collectives add up
};

/// `positions`: where each core of the row sits, in links from the first, where that is not 0, 1, 2 ... (detours
/// around defects); only for requests of one row.
collective_cost cost_of(const collective_request& request, const mesh_timing& timing,
                        const std::vector<std::uint32_t>& positions = {});

/// Of a reduction over `tree`.
collective_cost cost_of(const reduce_tree& tree, std::uint64_t words, const mesh_timing& timing,
                        const std::vector<std::uint32_t>& positions = {});

/// The published model of the same (Luczynski et al., HPDC 2024), in cycles; NaN for what it does not cover (all_gather,
/// shift). Its authors found it within 4 % of a WSE-2.
double model_cycles(const collective_request& request, const mesh_timing& timing);

/// Collectives that start together on the same links: none ends before the links have carried all.
std::uint64_t concurrent_cycles(const std::vector<collective_cost>& costs);

} // namespace strata::base
