// SPDX-License-Identifier: Apache-2.0
// What a server draws at the wall beyond its components: network cards and drives that the netlist leaves out, fans that
// take the heat away, and what the supply units lose on the way. Kernel-free.
#pragma once

#include "models/base/parameter.hpp"

namespace strata::platforms {

/// W, of all servers.
struct supply_draw {
  double network_cards = 0, storage = 0, cooling = 0, conversion = 0;
  double total() const { return network_cards + storage + cooling + conversion; }
};

struct platform_supply {
  unsigned servers = 1;
  base::power rating;        ///< of a server's supply units together; 0 = not known
  base::power most_heat;     ///< of a server's parts, at which its fans go at full speed
  double fan_share = 0.28;   ///< power of the fans at full speed over that heat
  double least_speed = 0.3;  ///< of the fans
  base::power network_cards; ///< of a server
  base::power storage;
  double board_efficiency = 1;
  double efficiency_10 = 0.90, efficiency_20 = 0.94, efficiency_50 = 0.96, efficiency_100 = 0.91; ///< 80 PLUS Titanium, 230 V

  void parameters(base::parameter_list& p) {
    p.add("servers", servers, base::between(1, 65536), "equal servers over which the platform's parts are spread evenly");
    p.add("rating", rating, base::non_negative(), "output of a server's supply units together, which share its load; 0 = not known");
    p.add("most_heat", most_heat, base::non_negative(), "of a server's parts, at which its fans go at full speed; 0 = no fans");
    p.add("fan_share", fan_share, base::fraction(), "power of the fans at full speed over that heat");
    p.add("least_speed", least_speed, base::fraction(), "of the fans, relative to full speed");
    p.add("network_cards", network_cards, base::non_negative(), "of a server, with their transceivers; always on");
    p.add("storage", storage, base::non_negative(), "drives of a server that are no components; always on");
    p.add("board_efficiency", board_efficiency, base::between(0.5, 1), "between the supply units and the parts: bus and intermediate converters");
    p.add("efficiency_10", efficiency_10, base::between(0.5, 1), "of the supply units at 10 % of their rating");
    p.add("efficiency_20", efficiency_20, base::between(0.5, 1), "at 20 %");
    p.add("efficiency_50", efficiency_50, base::between(0.5, 1), "at 50 %");
    p.add("efficiency_100", efficiency_100, base::between(0.5, 1), "at 100 %");
  }
  bool known() const { return rating.value() > 0; }
  /// Throws unit_error where the parts' greatest heat and their fans are more than the supply units give.
  void validate() const;

  /// What all servers draw besides the `components_W` of their components. Fans move air in proportion to the heat, and their
  /// power goes with the cube of their speed. All nought where the supply is not known.
  supply_draw draw(double components_W) const;

private:
  /// W that a server's supply units lose while they give `output_W`.
  double loss(double output_W) const;
};

} // namespace strata::platforms
