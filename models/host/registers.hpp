// SPDX-License-Identifier: Apache-2.0
// Register map of host_cpu's work queue, byte offsets from its base address. Kernel-free, for whoever drives it.
#pragma once

#include <cstdint>

namespace strata::host {

/// One step of the serving loop to be done by the host: schedule, sample, launch. Little-endian.
struct work_item {
  std::uint64_t sequences;      ///< sequences in the step
  std::uint64_t new_tokens;     ///< tokens that the step produces or ingests
  std::uint64_t signal_address; ///< written when done
  std::uint64_t signal_value;   ///< 8 bytes written there
};
static_assert(sizeof(work_item) == 32, "the item is part of the register map");

namespace registers {
constexpr std::uint64_t work = 0x00;      ///< wo: a work_item, written whole; refused where signal_address has no route
constexpr std::uint64_t completed = 0x20; ///< ro, 64 bits: items done since the start
constexpr std::uint64_t pending = 0x28;   ///< ro, 64 bits: items queued or in work
constexpr std::uint64_t window_bytes = 0x1000;
} // namespace registers

} // namespace strata::host
