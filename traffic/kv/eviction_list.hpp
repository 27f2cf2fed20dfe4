// SPDX-License-Identifier: Apache-2.0
// Eviction policies of the devices' memory and the stores behind it, as text: "lru", "lfu,lru:10 min". Kernel-free.
#pragma once

#include "traffic/kv/prefix_cache.hpp"

#include <string>

namespace strata::traffic {

struct eviction_list {
  std::vector<eviction_policy> tiers{{}}; ///< the devices' memory, then the stores; the last one stands for all that follow
  const eviction_policy& of(std::size_t tier) const { return tiers[std::min(tier, tiers.size() - 1)]; }
  /// Policies between commas: `lru` or `lfu`, perhaps with ":" and how long idle blocks stay. Throws base::unit_error.
  static eviction_list parse(const std::string& text);
};

std::string to_text(const eviction_list& list);

} // namespace strata::traffic
