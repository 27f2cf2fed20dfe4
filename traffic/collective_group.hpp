// SPDX-License-Identifier: Apache-2.0
// The message that tells a device which peers a collective group has, and what lies between them. Kernel-free.
#pragma once

#include "traffic/platform_view.hpp"

#include <vector>

namespace strata::traffic {

/// What is written to registers::groups of device `self` of `devices` for a group of the first `ranks` devices; those
/// that symmetry folds count as many as they stand for. `self` must take part.
std::vector<unsigned char> group_message(const std::vector<device_view>& devices, std::size_t self, unsigned ranks);

} // namespace strata::traffic
