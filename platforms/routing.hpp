// SPDX-License-Identifier: Apache-2.0
// By which socket a component sends to an address: the fewest bindings, among equal ones the widest path, then the
// order of declaration. Kernel-free.
#pragma once

#include "platforms/checked_platform.hpp"

#include <optional>

namespace strata::platforms {

/// Shortest paths over all connections of a platform, folded or not.
class route_finder {
public:
  explicit route_finder(const checked_platform& p);

  struct exit {
    const base::socket_description* socket = nullptr;
    unsigned index = 0;
    std::size_t to = 0; ///< neighbour that it leads to
  };
  struct way {
    const base::socket_description* socket = nullptr; ///< by which the path leaves its start; null = unreachable
    unsigned index = 0;
    std::vector<exit> exits; ///< all by which a path as short and as wide leaves, that one first
    unsigned hops = 0;
    base::duration latency; ///< of what lies between, serialisation excluded
    double bandwidth = 0; ///< B/s of the narrowest component on it, the end included; infinite where none has a limit
    double pooled_bandwidth = 0; ///< the same of those that replicas of the platform have together
  };
  /// From component `from` to every component, and last to the software behind the driver socket (its mailbox).
  std::vector<way> from(std::size_t from) const;
  /// Place of the mailbox in what from() returns.
  std::size_t mailbox_place() const { return m_edges.size(); }

private:
  struct edge {
    const base::socket_description* socket;
    unsigned index;
    std::size_t to;
  };
  const checked_platform& m_platform;
  std::vector<std::vector<edge>> m_edges; ///< by instance, in order of socket declaration
};

/// Routes of all simulated components that decode addresses, to everything simulated that they reach. The regions of
/// a component that stands for peers are, seen from itself, those of the peers. Where several ways are as short and as
/// wide (leaf and spine switches), a region takes the one that a hash of its address names among those that are simulated,
/// as ECMP does by flow.
std::vector<route> find_routes(const checked_platform& p, const route_finder& finder);

} // namespace strata::platforms
