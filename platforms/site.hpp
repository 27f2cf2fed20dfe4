// SPDX-License-Identifier: Apache-2.0
// A site of many equal systems that nothing couples but a router and a limit on power: what it does is what replicas of one do,
// as often as power allows. Kernel-free.
#pragma once

#include "platforms/costs.hpp"

#include <algorithm>

namespace strata::platforms {

/// Of all systems, at the site's meter.
struct site_figures {
  double running = 0;         ///< systems that may run at once
  double output_per_s = 0;    ///< of them
  double power_W = 0;
  double usd_per_hour = 0;    ///< capital of all, energy of those that run; 0 where the netlist gives no price
};

struct platform_site {
  unsigned systems = 0;  ///< platforms of the netlist; 0 = no site
  base::power network;   ///< of switches and optics between systems, for each of them
  base::money network_price; ///< of the same
  base::power limit;     ///< of the site, at the meter; 0 = none

  void parameters(base::parameter_list& p) {
    p.add("systems", systems, base::between(0, 10e6), "equal platforms that the site consists of; 0 = no site");
    p.add("network", network, base::non_negative(), "of switches and optics between systems, for each of them; always on");
    p.add("network_price", network_price, base::non_negative(), "of the same");
    p.add("limit", limit, base::non_negative(), "of the site's power at the meter; 0 = none");
  }
  bool known() const { return systems > 0; }
  /// Where each system draws `wall_W` and gives `output_per_s`. What the limit does not let run is off.
  site_figures figures(double wall_W, double output_per_s, const platform_costs& costs) const {
    const double each_W = (wall_W + network.value()) * costs.overhead;
    site_figures f;
    f.running = limit.value() > 0 ? std::min<double>(systems, limit.value() / each_W) : systems;
    f.output_per_s = f.running * output_per_s;
    f.power_W = f.running * each_W;
    if (costs.price.value() > 0)
      f.usd_per_hour = 3600 * (systems * (costs.price.value() + network_price.value()) / costs.lifetime.value() + f.power_W * costs.energy.value());
    return f;
  }
};

} // namespace strata::platforms
