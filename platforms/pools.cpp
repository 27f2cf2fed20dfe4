// SPDX-License-Identifier: Apache-2.0
#include "platforms/pools.hpp"

#include <deque>
#include <limits>

namespace strata::platforms {

namespace {

/// Bindings between each instance and the nearest of `from`.
std::vector<unsigned> distances(const checked_platform& p, const std::vector<std::size_t>& from) {
  std::vector<std::vector<std::size_t>> bound(p.instances.size());
  for (const connection& c : p.connections) {
    bound[c.a.instance].push_back(c.b.instance);
    bound[c.b.instance].push_back(c.a.instance);
  }
  constexpr unsigned unreached = std::numeric_limits<unsigned>::max();
  std::vector<unsigned> distance(p.instances.size(), unreached);
  std::deque<std::size_t> open(from.begin(), from.end());
  for (const std::size_t id : from)
    distance[id] = 0;
  for (; !open.empty(); open.pop_front())
    for (const std::size_t next : bound[open.front()])
      if (distance[next] == unreached) {
        distance[next] = distance[open.front()] + 1;
        open.push_back(next);
      }
  return distance;
}

} // namespace

void assign_pools(checked_platform& p, const std::vector<std::size_t>& prefill, const std::vector<std::size_t>& decode) {
  const std::vector<unsigned> to_prefill = distances(p, prefill), to_decode = distances(p, decode);
  for (std::size_t id = 0; id < p.instances.size(); ++id)
    p.instances[id].pool = to_decode[id] < to_prefill[id] ? 1 : 0;
}

} // namespace strata::platforms
