// SPDX-License-Identifier: Apache-2.0
#include "traffic/kv/eviction_list.hpp"

#include "models/base/quantity.hpp"

namespace strata::traffic {

eviction_list eviction_list::parse(const std::string& text) {
  eviction_list list;
  list.tiers.clear();
  for (std::size_t from = 0; from <= text.size();) {
    const std::size_t comma = std::min(text.find(',', from), text.size());
    const std::string one = text.substr(from, comma - from), order = one.substr(0, one.find(':'));
    from = comma + 1;
    eviction_policy p;
    if (order == "lfu")
      p.order = eviction_order::lfu;
    else if (order != "lru")
      throw base::unit_error("'" + order + "' is not one of lru, lfu");
    if (order.size() < one.size()) {
      const double seconds = base::parse<base::duration>(one.substr(order.size() + 1)).value();
      if (!(seconds >= 1e-9 && seconds <= 8e6))
        throw base::unit_error("'" + one + "' has a time out of range, expected 1 ns to 8e6 s");
      p.lifetime_ps = static_cast<std::int64_t>(seconds * 1e12 + 0.5);
    }
    list.tiers.push_back(p);
  }
  return list;
}

std::string to_text(const eviction_list& list) {
  std::string text;
  for (const eviction_policy& p : list.tiers) {
    text += (text.empty() ? "" : ",") + std::string(p.order == eviction_order::lru ? "lru" : "lfu");
    if (p.lifetime_ps > 0)
      text += ":" + base::to_text(base::duration::of(static_cast<double>(p.lifetime_ps) * 1e-12));
  }
  return text;
}

} // namespace strata::traffic
