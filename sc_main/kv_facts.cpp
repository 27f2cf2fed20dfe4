// SPDX-License-Identifier: Apache-2.0
#include "sc_main/kv_facts.hpp"

#include <algorithm>

namespace strata::cli {

std::vector<std::string> kv_memories(const std::deque<traffic::serving_plan>& plans) {
  std::vector<std::string> names;
  for (const traffic::serving_plan& plan : plans)
    for (std::size_t t = 0; t < plan.kv_capacity_tokens.size(); ++t)
      names.push_back(plan.platform->devices.front().front().memories[t].name);
  return names;
}

void read_kv_tokens(const std::deque<traffic::serving_plan>& plans, const traffic::cluster& engines, unsigned engine,
                    std::vector<double>& tokens) {
  std::fill(tokens.begin(), tokens.end(), 0.0);
  const unsigned pool = engines.pool_of(engine);
  const std::size_t first = pool == 0 ? 0 : plans.front().kv_capacity_tokens.size();
  for (std::size_t t = 0; t < plans[pool].kv_capacity_tokens.size(); ++t)
    tokens[first + t] = static_cast<double>(engines.engine(engine).kv_tokens_used(t));
}

std::vector<kv_tier_result> kv_tiers(double kv_B_per_token, const traffic::serving_plan& plan, const traffic::cluster& engines,
                                     unsigned pool) {
  std::vector<kv_tier_result> tiers;
  const traffic::device_view& device = plan.platform->devices.front().front();
  const traffic::kv_memory::residency resident = engines.resident(pool);
  const traffic::prefix_statistics p = engines.prefixes(pool);
  const auto tier = [&](const traffic::memory_view& memory, std::uint64_t tokens, double token_s) {
    kv_tier_result t;
    t.memory = memory.name;
    t.pool = pool;
    t.capacity_tokens = tokens * engines.pool_sizes()[pool];
    t.capacity_B = static_cast<double>(t.capacity_tokens) * kv_B_per_token;
    t.resident_B_s = token_s * kv_B_per_token;
    return t;
  };
  for (std::size_t t = 0; t < plan.kv_capacity_tokens.size(); ++t)
    tiers.push_back(tier(device.memories[t], plan.kv_capacity_tokens[t], resident.used[t] + (t == 0 ? resident.kept : 0)));
  tiers.front().found = p.found;
  tiers.front().evicted = p.evicted;
  for (std::size_t s = 0; s < p.stores.size(); ++s) {
    kv_tier_result t = tier(device.stores[s], plan.store_capacity_tokens[s], resident.stored[s]);
    t.store = true;
    t.found = p.stores[s].found;
    t.evicted = p.stores[s].evicted;
    t.read_B = static_cast<double>(p.stores[s].read_tokens) * kv_B_per_token;
    t.written_B = static_cast<double>(p.stores[s].written_tokens) * kv_B_per_token;
    tiers.push_back(std::move(t));
  }
  return tiers;
}

} // namespace strata::cli
