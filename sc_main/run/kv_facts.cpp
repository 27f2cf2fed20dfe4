// SPDX-License-Identifier: Apache-2.0
#include "sc_main/run/kv_facts.hpp"

namespace strata::cli {

std::vector<kv_tier_result> kv_tiers(double kv_B_per_token, const kv_places& places, const traffic::cluster& engines) {
  std::vector<kv_tier_result> results;
  for (const kv_places::tier& tier : places.tiers()) {
    const traffic::kv_memory::residency resident = engines.resident(tier.pool);
    const traffic::prefix_statistics p = engines.prefixes(tier.pool);
    kv_tier_result t;
    t.memory = tier.memory->name;
    t.pool = tier.pool;
    t.store = tier.store;
    t.capacity_tokens = tier.capacity_tokens * (tier.memory->pooled_bandwidth > 0 ? 1 : engines.pool_sizes()[tier.pool]);
    t.capacity_B = static_cast<double>(t.capacity_tokens) * kv_B_per_token;
    if (tier.store) {
      const traffic::prefix_statistics::store& s = p.stores[tier.number];
      t.resident_B_s = resident.stored[tier.number] * kv_B_per_token;
      t.found = s.found;
      t.evicted = s.evicted;
      t.read_B = static_cast<double>(s.read_tokens) * kv_B_per_token;
      t.written_B = static_cast<double>(s.written_tokens) * kv_B_per_token;
    } else {
      const bool fastest = tier.number == 0;
      t.resident_B_s = (resident.used[tier.number] + (fastest ? resident.kept : 0)) * kv_B_per_token;
      t.found = fastest ? p.found : 0;
      t.evicted = fastest ? p.evicted : 0;
    }
    results.push_back(std::move(t));
  }
  return results;
}

} // namespace strata::cli
