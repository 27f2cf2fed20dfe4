// SPDX-License-Identifier: Apache-2.0
#include "models/base/fluid_server.hpp"

#include <algorithm>

namespace strata::base {

void fluid_server::add(femtoseconds now, std::uint64_t id, double amount, double limit) {
  progress(now);
  m_flows.push_back({id, amount, limit > 0 ? limit : m_rate, 0, never});
  share(now);
}

femtoseconds fluid_server::next() const {
  femtoseconds first = never;
  for (const auto& f : m_flows)
    first = std::min(first, f.end);
  return first;
}

void fluid_server::advance(femtoseconds now, std::vector<std::uint64_t>& ended) {
  progress(now);
  const auto keep = std::stable_partition(m_flows.begin(), m_flows.end(), [now](const flow& f) { return f.end > now; });
  if (keep == m_flows.end())
    return;
  for (auto it = keep; it != m_flows.end(); ++it)
    ended.push_back(it->id);
  m_flows.erase(keep, m_flows.end());
  share(now);
}

void fluid_server::progress(femtoseconds now) {
  const double elapsed = to_seconds(now - m_last);
  for (auto& f : m_flows)
    f.remaining = std::max(0.0, f.remaining - f.rate * elapsed);
  m_last = now;
}

/// Max-min fair: raise all rates together; a transfer that reaches its limit leaves its unused share to the rest.
void fluid_server::share(femtoseconds now) {
  double left = m_rate;
  std::size_t open = m_flows.size();
  for (auto& f : m_flows)
    f.rate = -1;
  for (bool again = true; again && open > 0;) {
    again = false;
    const double fair = left / static_cast<double>(open);
    for (auto& f : m_flows)
      if (f.rate < 0 && f.limit <= fair) {
        f.rate = f.limit;
        left -= f.limit;
        --open;
        again = true;
      }
  }
  const double fair = open > 0 ? left / static_cast<double>(open) : 0;
  for (auto& f : m_flows) {
    if (f.rate < 0)
      f.rate = fair;
    f.end = now + time_for(f.remaining, f.rate);
  }
}

} // namespace strata::base
