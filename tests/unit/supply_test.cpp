// SPDX-License-Identifier: Apache-2.0
// What a server draws beyond its components: fans, conversion, and the netlist's supply section.
#include "models/base/diagnostic.hpp"
#include "platforms/elaborator.hpp"
#include "platforms/search_path.hpp"

#include <gtest/gtest.h>

namespace strata::platforms {
namespace {

using base::power;

/// Ten kilowatts of supply units whose losses are those of 80 PLUS Titanium, and nothing else.
platform_supply conversion_alone() {
  platform_supply s;
  s.rating = power::of(10e3);
  return s;
}

TEST(supply, without_a_rating_nothing_is_drawn) {
  platform_supply s;
  s.network_cards = power::of(100);
  EXPECT_EQ(s.draw(5e3).total(), 0);
}

TEST(supply, conversion_loses_what_the_efficiencies_say) {
  const platform_supply s = conversion_alone();
  EXPECT_NEAR(s.draw(5e3).conversion, 5e3 / 0.96 - 5e3, 1e-9);
  EXPECT_NEAR(s.draw(10e3).conversion, 10e3 / 0.91 - 10e3, 1e-9);
  EXPECT_NEAR(s.draw(2e3).conversion, 2e3 / 0.94 - 2e3, 1e-9);
  const double between = s.draw(3.5e3).conversion;
  EXPECT_NEAR(between, (s.draw(2e3).conversion + s.draw(5e3).conversion) / 2, 1e-9) << "losses go straight";
  EXPECT_NEAR(s.draw(10).conversion, 1e3 / 0.90 - 1e3, 1e-9) << "what runs idle costs what the least load does";
}

TEST(supply, fans_go_with_the_cube_of_the_heat) {
  platform_supply s = conversion_alone();
  s.most_heat = power::of(4e3);
  s.fan_share = 0.25;
  s.least_speed = 0.25;
  EXPECT_DOUBLE_EQ(s.draw(4e3).cooling, 1e3);
  EXPECT_DOUBLE_EQ(s.draw(2e3).cooling, 1e3 / 8);
  EXPECT_DOUBLE_EQ(s.draw(8e3).cooling, 1e3) << "no faster than full speed";
  EXPECT_DOUBLE_EQ(s.draw(0).cooling, 1e3 / 64) << "never off";
  s.network_cards = power::of(1500);
  s.storage = power::of(500);
  EXPECT_DOUBLE_EQ(s.draw(2e3).cooling, 1e3) << "cards and drives are heat, too";
}

TEST(supply, servers_share_the_load_evenly) {
  platform_supply one = conversion_alone(), four = one;
  one.network_cards = four.network_cards = power::of(100);
  one.most_heat = four.most_heat = power::of(5e3);
  four.servers = 4;
  const supply_draw a = one.draw(3e3), b = four.draw(12e3);
  EXPECT_DOUBLE_EQ(b.network_cards, 4 * a.network_cards);
  EXPECT_DOUBLE_EQ(b.cooling, 4 * a.cooling);
  EXPECT_DOUBLE_EQ(b.conversion, 4 * a.conversion);
}

TEST(supply, more_power_never_costs_less_at_the_wall) {
  const platform_supply s = check(load_netlist(find_platform("dgx_h100"))).supply;
  double before = 0;
  for (double load = 100; load < 15e3; load += 100) {
    const double wall = load + s.draw(load).total();
    EXPECT_GT(wall, before + 100);
    before = wall;
  }
}

TEST(supply, a_dgx_whose_parts_are_at_their_most_draws_what_is_published) {
  for (const auto& [name, published] : {std::pair{"dgx_h100", 10.2e3}, {"dgx_b200", 14.3e3}}) {
    const platform_supply s = check(load_netlist(find_platform(name))).supply;
    const double components = s.most_heat.value() - s.network_cards.value() - s.storage.value();
    EXPECT_NEAR(components + s.draw(components).total(), published, 0.02 * published) << name;
  }
}

checked_platform with(const std::vector<std::string>& overrides) {
  std::vector<parameter_override> parsed;
  for (const std::string& o : overrides)
    parsed.push_back(parse_override(o));
  return check(load_netlist(find_platform("dgx_b200"), parsed), parsed);
}

std::string refusal(const std::vector<std::string>& overrides) {
  try {
    with(overrides);
  } catch (const base::input_error& e) {
    return e.what();
  }
  return "accepted";
}

TEST(supply, platforms_lay_their_values_on_a_template) {
  const checked_platform p = with({});
  EXPECT_DOUBLE_EQ(p.supply.most_heat.value(), 9.8e3) << "its own";
  EXPECT_DOUBLE_EQ(p.supply.rating.value(), 19.8e3) << "of the platform that it extends";
  EXPECT_DOUBLE_EQ(p.supply.board_efficiency, 0.98) << "of the template";
  EXPECT_EQ(p.supply_parameters.size(), 12u);
  EXPECT_DOUBLE_EQ(with({"supply.storage=70 W"}).supply.storage.value(), 70);
}

TEST(supply, what_cannot_be_is_refused) {
  EXPECT_NE(refusal({"supply.fans=3"}).find("'supply' has no 'fans'"), std::string::npos);
  EXPECT_NE(refusal({"supply.rating=5 kW"}).find("expected at least 13.5 kW"), std::string::npos) << refusal({"supply.rating=5 kW"});
  EXPECT_NE(refusal({"supply.efficiency_50=1.2"}).find("'efficiency_50'"), std::string::npos);
}

} // namespace
} // namespace strata::platforms
