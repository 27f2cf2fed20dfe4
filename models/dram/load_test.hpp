// SPDX-License-Identifier: Apache-2.0
// Loads the channels of a memory with single bursts, as fast as their queues take them or with a number outstanding,
// and tells what they made of it. Kernel-free.
#pragma once

#include "models/dram/config.hpp"
#include "models/dram/patterns.hpp"

#include <cstdint>
#include <vector>

namespace strata::dram {

struct load_result {
  std::uint64_t reads = 0, writes = 0; ///< bursts
  std::uint64_t activates = 0;         ///< rows opened
  base::femtoseconds elapsed = 0;      ///< until the last data
  /// From entry into the channel's queue to the last data, controller latency included; in order of completion.
  std::vector<base::femtoseconds> read_latencies;
};

/// Simulates every channel, without symmetry. `requests` bursts, of which at most `outstanding` are anywhere between
/// their issue and their last data; 0 = as fast as the queues take them. A channel takes its bursts in order.
load_result load_test(const dram_config& c, const access_sequence& accesses, std::uint64_t requests,
                      std::uint64_t outstanding);

} // namespace strata::dram
