// SPDX-License-Identifier: Apache-2.0
// Breadth-first search.
#include "platforms/routing.hpp"

#include <algorithm>
#include <limits>

namespace strata::platforms {

using base::socket_kind;

route_finder::route_finder(const checked_platform& p) : m_platform(p), m_edges(p.instances.size()) {
  const auto add = [&](const socket_reference& from, const socket_reference& to) {
    if (from.socket->kind != socket_kind::target && to.socket->kind != socket_kind::initiator)
      m_edges[from.instance].push_back({from.socket, from.index, to.instance});
  };
  for (const connection& c : p.connections) {
    add(c.a, c.b);
    add(c.b, c.a);
  }
  for (const socket_reference& d : p.driver)
    if (d.socket->kind == socket_kind::duplex)
      m_edges[d.instance].push_back({d.socket, d.index, mailbox_place()});
  for (auto& edges : m_edges) // descriptions of one component stand in one array: their addresses are their order
    std::stable_sort(edges.begin(), edges.end(), [](const edge& a, const edge& b) {
      return a.socket != b.socket ? a.socket < b.socket : a.index < b.index;
    });
}

std::vector<route_finder::way> route_finder::from(std::size_t start) const {
  constexpr double unlimited = std::numeric_limits<double>::infinity();
  std::vector<way> ways(m_edges.size() + 1);
  std::vector<std::size_t> order{start};
  for (std::size_t next = 0; next < order.size(); ++next) {
    const std::size_t at = order[next];
    if (at == mailbox_place() || (at != start && !m_platform.instances[at].type->description->forwards))
      continue;
    for (const edge& e : m_edges[at]) {
      if (e.to == start)
        continue;
      way w = at == start ? way{e.socket, e.index, {{e.socket, e.index, e.to}}, 0, {}, unlimited, unlimited} : ways[at];
      ++w.hops;
      if (at != start)
        w.latency += m_platform.instances[at].config->latency();
      if (e.to != mailbox_place())
        if (const double limit = m_platform.instances[e.to].config->bandwidth(); limit > 0) {
          w.bandwidth = std::min(w.bandwidth, limit);
          if (m_platform.instances[e.to].pooled)
            w.pooled_bandwidth = std::min(w.pooled_bandwidth, limit);
        }
      way& known = ways[e.to];
      if (!known.socket)
        order.push_back(e.to);
      if (!known.socket || (known.hops == w.hops && w.bandwidth > known.bandwidth))
        known = w;
      else if (known.hops == w.hops && w.bandwidth == known.bandwidth)
        for (const exit& x : w.exits)
          if (std::none_of(known.exits.begin(), known.exits.end(),
                           [&x](const exit& k) { return k.socket == x.socket && k.index == x.index; }))
            known.exits.push_back(x);
    }
  }
  return ways;
}

namespace {

/// The next element of the innermost fold that `id` stands for, or `id` where it stands for itself only.
std::size_t peer_of(const checked_platform& p, std::size_t id) {
  const instance& i = p.instances[id];
  for (const array_position& at : i.positions)
    if (const auto f = p.folded.find(at.array); f != p.folded.end() && f->second > 1) {
      const std::string prefix = at.array + "[" + std::to_string(at.index) + "]";
      const std::string peer = at.array + "[" + std::to_string(at.index + 1) + "]" + i.path.substr(prefix.size());
      for (std::size_t k = 0; k < p.instances.size(); ++k)
        if (p.instances[k].path == peer)
          return k;
    }
  return id;
}

/// The same for the same address, whichever component asks; all bits of it count.
std::uint64_t flow_hash(std::uint64_t address) {
  address = (address ^ (address >> 31)) * 0x9E3779B97F4A7C15u;
  return address ^ (address >> 32);
}

} // namespace

std::vector<route> find_routes(const checked_platform& p, const route_finder& finder) {
  std::vector<route> routes;
  for (std::size_t id = 0; id < p.instances.size(); ++id) {
    if (!p.instances[id].simulated || !p.instances[id].type->decodes)
      continue;
    const auto ways = finder.from(id);
    const auto add = [&](const base::address_range& range, const route_finder::way& w) {
      if (!w.socket)
        return;
      std::vector<route_finder::exit> open;
      for (const route_finder::exit& x : w.exits)
        if (x.to == finder.mailbox_place() || p.instances[x.to].simulated)
          open.push_back(x);
      const route_finder::exit x = open.empty() ? w.exits.front() : open[flow_hash(range.base) % open.size()];
      routes.push_back({id, range, x.socket->name, x.index});
    };
    for (const region& r : p.regions)
      if (p.instances[r.instance].simulated)
        add(r.range, ways[r.instance == id ? peer_of(p, id) : r.instance]);
    add(mailbox, ways[finder.mailbox_place()]);
  }
  return routes;
}

} // namespace strata::platforms
