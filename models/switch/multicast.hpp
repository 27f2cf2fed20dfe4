// SPDX-License-Identifier: Apache-2.0
// Register map of a switch that works on data in passing: windows in which a read returns the sum over the members of a
// group, and a write goes to all of them. Kernel-free.
#pragma once

#include <cstdint>

namespace strata::switching::multicast {

constexpr std::uint64_t data = 0x0000;    ///< group g at + stride*g: reads and writes of any size
constexpr std::uint64_t members = 0x8000; ///< wo: group g at + stride*g: an array of member
constexpr std::uint64_t stride = 0x1000;
constexpr unsigned groups = 8;
constexpr std::uint64_t window_bytes = 0x10000;

/// Where a member's data are, and how many members it stands for where symmetry folds them.
struct member {
  std::uint64_t address;
  std::uint64_t multiplicity;
};

} // namespace strata::switching::multicast
