// SPDX-License-Identifier: Apache-2.0
// A resource of fixed bandwidth shared fairly by the transfers in progress (processor sharing with per-transfer rate
// limits, max-min fair). The flow-level counterpart of arbitration among requesters. Kernel-free.
#pragma once

#include "models/base/femtoseconds.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace strata::base {

/// Max-min fair: raises the `rate` of all `flows` together, in proportion to their `weight`, until `capacity` is used up; a
/// flow that reaches its `limit` leaves its unused share to the rest.
template <class Flows> void share_fairly(double capacity, Flows& flows) {
  double open = 0; // weight of the flows not at their limit
  for (auto& f : flows) {
    f.rate = -1;
    open += f.weight;
  }
  for (bool again = true; again && open > 0;) {
    again = false;
    const double fair = capacity / open;
    for (auto& f : flows)
      if (f.rate < 0 && f.limit <= fair * f.weight) {
        f.rate = f.limit;
        capacity -= f.limit;
        open -= f.weight;
        again = true;
      }
  }
  for (auto& f : flows)
    if (f.rate < 0)
      f.rate = capacity / open * f.weight;
}

class fluid_server {
public:
  /// `rate` in units (usually bytes) per second, > 0.
  explicit fluid_server(double rate) : m_rate(rate) {}

  /// Starts serving `amount` units for `id` at `now` (>= every earlier instant given). `limit` caps this
  /// transfer's rate (units/s, 0 = none); shares are proportional to `weight`. The id must not be in service.
  void add(femtoseconds now, std::uint64_t id, double amount, double limit = 0, double weight = 1);
  /// Changes the bandwidth from `now` on (units/s, > 0).
  void set_rate(femtoseconds now, double rate);
  /// Earliest instant at which a transfer ends, `never` when idle.
  femtoseconds next() const;
  /// Removes the transfers that have ended by `now` and appends their ids to `ended`, in order of arrival.
  void advance(femtoseconds now, std::vector<std::uint64_t>& ended);
  std::size_t size() const { return m_flows.size(); }
  double rate() const { return m_rate; }

private:
  struct flow {
    std::uint64_t id;
    double remaining;
    double limit;
    double weight;
    double rate;
    femtoseconds end;
  };
  void progress(femtoseconds now);
  void share(femtoseconds now);

  double m_rate;
  femtoseconds m_last = 0;
  std::vector<flow> m_flows;
};

} // namespace strata::base
