// SPDX-License-Identifier: Apache-2.0
// What one of several ranks with sequences of their own has of a step. Kernel-free.
#pragma once

#include "traffic/lowering/step_shape.hpp"

namespace strata::traffic {

/// Of the rank with most, where the sequences that decode are dealt out to `groups` ranks one by one and prompt tokens evenly:
/// the engine gives a prompt no more than one rank's share of a step. Sequences of a step count as alike.
step_shape fullest_share(const step_shape& s, unsigned groups);

} // namespace strata::traffic
