// SPDX-License-Identifier: Apache-2.0
// A resource of fixed bandwidth shared fairly by the transfers in progress (processor sharing with per-transfer rate
// limits, max-min fair). The flow-level counterpart of arbitration among requesters. Kernel-free.
#pragma once

#include "models/base/femtoseconds.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace strata::base {

class fluid_server {
public:
  /// `rate` in units (usually bytes) per second, > 0.
  explicit fluid_server(double rate) : m_rate(rate) {}

  /// Starts serving `amount` units for `id` at `now` (>= every earlier instant given). `limit` caps this
  /// transfer's rate (units/s, 0 = none); shares are proportional to `weight`. The id must not be in service.
  void add(femtoseconds now, std::uint64_t id, double amount, double limit = 0, double weight = 1);
  /// Changes the bandwidth from `now` on (units/s, > 0).
  void set_rate(femtoseconds now, double rate);
  /// From `now` on the bandwidth is `rate` (units/s, > 0) and each transfer's weight is weight_of(id, units left), > 0.
  template <class F> void reshare(femtoseconds now, double rate, F weight_of) {
    progress(now);
    m_rate = rate;
    for (auto& f : m_flows)
      f.weight = weight_of(f.id, f.remaining);
    share(now);
  }
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
