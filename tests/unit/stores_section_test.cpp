// SPDX-License-Identifier: Apache-2.0
// Stores, copy engines and costs of a netlist: what the view holds of them, and what is refused.
#include "models/base/diagnostic.hpp"
#include "platforms/elaborator.hpp"
#include "platforms/search_path.hpp"

#include <gtest/gtest.h>

namespace strata::platforms {
namespace {

checked_platform checked(const std::vector<std::string>& overrides) {
  std::vector<parameter_override> parsed;
  for (const std::string& o : overrides)
    parsed.push_back(parse_override(o));
  return check(load_netlist(find_platform("dgx_h100_tiers"), parsed), parsed);
}

std::string refusal(const std::vector<std::string>& overrides) {
  try {
    checked(overrides);
  } catch (const base::input_error& e) {
    return e.what();
  }
  return "accepted";
}

TEST(stores_section, every_device_has_its_part_of_each_store) {
  const checked_platform p = checked({});
  ASSERT_EQ(p.view.devices.front().size(), 1u) << "eight alike";
  const traffic::device_view& d = p.view.devices.front().front();
  EXPECT_EQ(d.represents, 8u);
  ASSERT_EQ(d.stores.size(), 3u);
  EXPECT_EQ(d.stores[0].name, "platform.dram[0]");
  EXPECT_EQ(d.stores[2].capacity, 3'840'000'000'000u);
  EXPECT_LT(d.stores[2].bandwidth, 7.3e9) << "the drive's link";
  EXPECT_EQ(d.copier, 0x3000'0000u);
  EXPECT_EQ(d.copy_channels, 16u);
  EXPECT_EQ(checked({"serving.stores=ssd[*]"}).view.devices[0][0].stores.size(), 1u);
  EXPECT_TRUE(checked({"serving.stores=none"}).view.devices[0][0].stores.empty());
}

TEST(stores_section, what_does_not_fit_is_refused) {
  const auto says = [](const std::vector<std::string>& overrides, const std::string& part) {
    const std::string text = refusal(overrides);
    EXPECT_NE(text.find(part), std::string::npos) << text;
  };
  says({"serving.stores=dram[0]"}, "names 1 components, expected one for each of the 8 devices");
  says({"serving.stores=pcie[*]"}, "is no memory that 'platform.copier[0]' reaches");
  says({"serving.copier=dram[*]"}, "is no addressed copy engine");
  says({"serving.stores=disk[*]"}, "'stores'");
}

TEST(stores_section, costs_are_read_with_their_units) {
  const platform_costs c = checked({"costs.energy=0.36 USD/kWh", "costs.lifetime=1000 h"}).costs;
  EXPECT_DOUBLE_EQ(c.price.value(), 340e3);
  EXPECT_DOUBLE_EQ(c.capital_per_s(c.price.value()), 340e3 / 3.6e6);
  EXPECT_DOUBLE_EQ(c.energy_usd(1e7), 1e7 * 1.3 * 1e-7);
  EXPECT_NE(refusal({"costs.rent=5 USD"}).find("'costs' has no 'rent'"), std::string::npos);
  EXPECT_NE(refusal({"costs.price=5 kg"}).find("'price'"), std::string::npos);
}

} // namespace
} // namespace strata::platforms
