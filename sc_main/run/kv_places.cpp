// SPDX-License-Identifier: Apache-2.0
#include "sc_main/run/kv_places.hpp"

#include <algorithm>
#include <stdexcept>

namespace strata::cli {

kv_places::kv_places(const std::deque<traffic::serving_plan>& plans, const traffic::cluster& engines) : m_engines(engines) {
  for (unsigned pool = 0; pool < plans.size(); ++pool) {
    const traffic::serving_plan& plan = plans[pool];
    const traffic::device_view& device = plan.platform->devices.front().front();
    const std::size_t stores = engines.prefixes(pool).stores.size(); // none where nothing is kept
    for (std::size_t t = 0; t < plan.kv_capacity_tokens.size(); ++t)
      m_tiers.push_back({pool, t, false, &device.memories[t], plan.kv_capacity_tokens[t]});
    for (std::size_t s = 0; s < stores; ++s)
      m_tiers.push_back({pool, s, true, &device.stores[s], plan.store_capacity_tokens[s]});
    for (unsigned from = 0; from <= stores; ++from)
      for (unsigned to = 0; to <= stores; ++to)
        if (from != to)
          m_ways.push_back({tier_of(pool, from), tier_of(pool, to)});
  }
  if (plans.size() > 1)
    m_ways.push_back({tier_of(0, 0), tier_of(1, 0)});
}

/// `place` as in kv_copy: the devices' own memory, or a store.
std::size_t kv_places::tier_of(unsigned pool, unsigned place) const {
  for (std::size_t t = 0; t < m_tiers.size(); ++t)
    if (m_tiers[t].pool == pool && m_tiers[t].store == (place > 0) && m_tiers[t].number == (place > 0 ? place - 1 : 0))
      return t;
  throw std::logic_error("KV moved from or to a place that no pool has");
}

std::size_t kv_places::way_of(const traffic::kv_movement& m) const {
  const std::size_t from = tier_of(m_engines.pool_of(m.engine), m.from);
  const std::size_t to = tier_of(m_engines.pool_of(m.to_engine), m.to == traffic::next_pool ? 0 : m.to);
  const auto it = std::find_if(m_ways.begin(), m_ways.end(), [&](const way& w) { return w.from == from && w.to == to; });
  return static_cast<std::size_t>(it - m_ways.begin());
}

std::string kv_places::of_engine(unsigned engine) const {
  if (m_engines.engines() == 1)
    return "";
  const std::vector<unsigned>& sizes = m_engines.pool_sizes();
  const unsigned pool = m_engines.pool_of(engine);
  const std::string name = sizes.size() == 1 ? "replica" : pool == 0 ? "prefill" : "decode";
  return ", " + name + (sizes[pool] > 1 ? " " + std::to_string(engine - (pool == 0 ? 0 : sizes.front())) : "");
}

void kv_places::read(unsigned engine, std::vector<content>& contents) const {
  contents.assign(m_tiers.size(), {});
  const unsigned pool = m_engines.pool_of(engine);
  const traffic::kv_memory& kv = m_engines.engine(engine).kv();
  for (std::size_t t = 0; t < m_tiers.size(); ++t)
    if (m_tiers[t].pool == pool && m_tiers[t].store)
      contents[t].used = static_cast<double>(kv.tokens_stored(m_tiers[t].number));
    else if (m_tiers[t].pool == pool)
      contents[t] = {static_cast<double>(kv.blocks_used(m_tiers[t].number) * kv.block_tokens()),
                     m_tiers[t].number == 0 ? static_cast<double>(kv.tokens_kept()) : 0};
}

} // namespace strata::cli
