// SPDX-License-Identifier: Apache-2.0
// Which layers of every pipeline stage a step computes. Kernel-free.
#pragma once

#include <limits>

namespace strata::traffic {

/// The first `head` of a stage's layers, then `count` of the others: from the `from`-th of them on, going round the first
/// `round` of them. Default: all.
struct layer_range {
  unsigned head = std::numeric_limits<unsigned>::max();
  unsigned from = 0;
  unsigned count = 0;
  unsigned round = 1;
};

} // namespace strata::traffic
