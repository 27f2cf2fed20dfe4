// SPDX-License-Identifier: Apache-2.0
#include "platforms/supply.hpp"

#include <algorithm>
#include <array>

namespace strata::platforms {

void platform_supply::validate() const {
  const double most = most_heat.value() * (1 + fan_share) / board_efficiency;
  if (known() && most > rating.value())
    throw base::unit_error("the supply units give " + base::to_text(rating) + ", expected at least " +
                           base::to_text(base::power::of(most)) + " for most_heat and its fans");
}

/// Losses, not efficiencies, go straight between the loads at which they are given; below the least they stay.
double platform_supply::loss(double output_W) const {
  const std::array<std::array<double, 2>, 4> given{{{0.1, efficiency_10}, {0.2, efficiency_20}, {0.5, efficiency_50}, {1, efficiency_100}}};
  const auto lost = [](const std::array<double, 2>& point) { return point[0] * (1 / point[1] - 1); }; // of the rating
  const double load = std::max(output_W / rating.value(), given.front()[0]);
  std::size_t upper = 1;
  while (upper + 1 < given.size() && load > given[upper][0])
    ++upper;
  const auto &a = given[upper - 1], &b = given[upper];
  return rating.value() * (lost(a) + (load - a[0]) / (b[0] - a[0]) * (lost(b) - lost(a)));
}

supply_draw platform_supply::draw(double components_W) const {
  if (!known())
    return {};
  supply_draw d{network_cards.value(), storage.value()};
  const double heat = components_W / servers + d.network_cards + d.storage;
  if (most_heat.value() > 0) {
    const double speed = std::clamp(heat / most_heat.value(), least_speed, 1.0);
    d.cooling = fan_share * most_heat.value() * speed * speed * speed;
  }
  const double output = (heat + d.cooling) / board_efficiency;
  d.conversion = output - heat - d.cooling + loss(output);
  return {servers * d.network_cards, servers * d.storage, servers * d.cooling, servers * d.conversion};
}

} // namespace strata::platforms
