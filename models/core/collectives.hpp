// SPDX-License-Identifier: Apache-2.0
// State of collective commands: the groups that a device belongs to, and how far a lane is in one. Kernel-free.
#pragma once

#include "models/core/command.hpp"

#include <array>
#include <vector>

namespace strata::core {

struct collective_group {
  std::uint64_t ranks = 0;
  std::vector<group_member> members;
  std::array<double, 2> arrived{}; ///< bytes by phase parity
  unsigned parity = 0;
  int lane = -1;                   ///< lane whose collective is in progress
};

struct collective_progress {
  unsigned phase = 0, phases = 0;
  std::uint64_t phase_bytes = 0; ///< sent to each peer and expected from each peer in this phase
};

} // namespace strata::core
