// SPDX-License-Identifier: Apache-2.0
// Which device hands which part of a token's KV to which, between pools that divide a model differently. Kernel-free.
#pragma once

#include "traffic/lowering/serving_plan.hpp"

#include <vector>

namespace strata::traffic {

/// From one simulated device to another; devices by pipeline index and place among the listed ranks.
struct kv_share {
  unsigned source, source_rank, target, target_rank;
  double bytes_per_token;
};

/// Every rank of `to` gets the KV of its layers from the ranks of `from` that have them: with equally many ranks each from
/// its counterpart, else from those, or from the one, that hold its heads; from every set of `from` its part.
std::vector<kv_share> kv_shares(const serving_plan& from, const serving_plan& to);

} // namespace strata::traffic
