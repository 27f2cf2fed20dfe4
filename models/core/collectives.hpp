// SPDX-License-Identifier: Apache-2.0
// State of collective commands: the groups that a device belongs to, and how far a lane is in one. Kernel-free.
#pragma once

#include "models/core/collective_plan.hpp"

#include <array>
#include <vector>

namespace strata::core {

struct collective_group {
  group_header header{};
  std::vector<group_member> members;
  std::array<std::uint64_t, inbox::phase_slots> arrived{}; ///< messages, by phase modulo slots
  std::uint64_t phase = 0; ///< in progress, counted over all collectives of the group
  int lane = -1;           ///< lane whose collective is in progress

  std::uint64_t slot() const { return phase % inbox::phase_slots; }
};

struct collective_progress {
  collective_plan plan;
  std::size_t phase = 0;   ///< of plan.phases
  unsigned repeated = 0;   ///< of that phase's repeat
  std::uint64_t expected = 0; ///< messages due in this phase
  base::femtoseconds local = 0; ///< spent on what arrived, so far

  const collective_phase& current() const { return plan.phases[phase]; }
};

} // namespace strata::core
