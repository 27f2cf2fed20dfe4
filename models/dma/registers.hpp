// SPDX-License-Identifier: Apache-2.0
// Register map of copy_engine, byte offsets from its base address. Kernel-free, for whoever drives it.
#pragma once

#include <cstdint>

namespace strata::dma {

/// One copy from memory to memory. Little-endian.
struct copy_item {
  std::uint64_t source, destination; ///< addresses
  std::uint64_t bytes;               ///< > 0
  std::uint64_t signal_address;      ///< written when the copy is done
  std::uint64_t signal_value;        ///< 8 bytes written there
};
static_assert(sizeof(copy_item) == 40, "the item is part of the register map");

namespace registers {
constexpr std::uint64_t copies = 0x000;         ///< wo: queue of channel i at + copy_stride*i takes a copy_item, written whole
constexpr std::uint64_t copy_stride = 0x40;
constexpr unsigned max_channels = 32;
constexpr std::uint64_t completed = 0x800;      ///< ro, 64 bits: copies done since the start
constexpr std::uint64_t pending = 0x808;        ///< ro, 64 bits: copies queued or under way
constexpr std::uint64_t window_bytes = 0x1000;
} // namespace registers

} // namespace strata::dma
