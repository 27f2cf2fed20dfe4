// SPDX-License-Identifier: Apache-2.0
#include "models/base/fluid_server.hpp"

#include <algorithm>
#include <limits>

namespace strata::base {

void fluid_server::add(femtoseconds now, std::uint64_t id, double amount, double limit, double weight) {
  progress(now);
  m_flows.push_back({id, amount, limit > 0 ? limit : std::numeric_limits<double>::infinity(), weight, 0, never});
  share(now);
}

void fluid_server::set_rate(femtoseconds now, double rate) {
  if (rate == m_rate)
    return;
  progress(now);
  m_rate = rate;
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

/// Max-min fair: raise all rates together, in proportion to their weights; a transfer that reaches its limit leaves
/// its unused share to the rest.
void fluid_server::share(femtoseconds now) {
  double left = m_rate;
  double open = 0; // weight of the transfers not at their limit
  for (auto& f : m_flows) {
    f.rate = -1;
    open += f.weight;
  }
  for (bool again = true; again && open > 0;) {
    again = false;
    const double fair = left / open;
    for (auto& f : m_flows)
      if (f.rate < 0 && f.limit <= fair * f.weight) {
        f.rate = f.limit;
        left -= f.limit;
        open -= f.weight;
        again = true;
      }
  }
  for (auto& f : m_flows) {
    if (f.rate < 0)
      f.rate = left / open * f.weight;
    f.end = now + time_for(f.remaining, f.rate);
  }
}

} // namespace strata::base
