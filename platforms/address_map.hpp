// SPDX-License-Identifier: Apache-2.0
// Address map of a netlist as flat regions, checked: sizes against what the targets serve, strides, overlaps.
// Kernel-free.
#pragma once

#include "platforms/expansion.hpp"

namespace strata::platforms {

/// Regions in the order of the netlist.
std::vector<region> map_addresses(expansion& e, base::diagnostics& problems);

std::string hexadecimal(std::uint64_t address);

} // namespace strata::platforms
