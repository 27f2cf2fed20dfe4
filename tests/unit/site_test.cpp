// SPDX-License-Identifier: Apache-2.0
// A site: what its limit on power lets run, and what that costs.
#include "platforms/elaborator.hpp"
#include "platforms/search_path.hpp"

#include <gtest/gtest.h>

namespace strata::platforms {
namespace {

platform_costs costs() {
  platform_costs c;
  c.price = base::money::of(9000);
  c.lifetime = base::duration::of(3600 * 1000.0);
  c.energy = platform_costs::energy_price::of(0.1 / 3.6e6); // 0.1 USD/kWh
  c.overhead = 1.25;
  return c;
}

platform_site hundred() {
  platform_site s;
  s.systems = 100;
  s.network = base::power::of(1000);
  s.network_price = base::money::of(1000);
  return s;
}

TEST(site, multiplies_where_nothing_limits_it) {
  const site_figures f = hundred().figures(7000, 500, costs());
  EXPECT_DOUBLE_EQ(f.running, 100);
  EXPECT_DOUBLE_EQ(f.output_per_s, 50e3);
  EXPECT_DOUBLE_EQ(f.power_W, 100 * 8000 * 1.25);
  EXPECT_DOUBLE_EQ(f.usd_per_hour, 100 * 10.0 + 1000 * 0.1) << "capital, and a thousand kilowatts";
}

TEST(site, runs_no_more_than_its_limit_allows) {
  platform_site s = hundred();
  s.limit = base::power::of(250e3);
  const site_figures f = s.figures(7000, 500, costs());
  EXPECT_DOUBLE_EQ(f.running, 25);
  EXPECT_DOUBLE_EQ(f.output_per_s, 12.5e3);
  EXPECT_DOUBLE_EQ(f.power_W, 250e3);
  EXPECT_DOUBLE_EQ(f.usd_per_hour, 100 * 10.0 + 250 * 0.1) << "what is off has been bought";
  s.limit = base::power::of(2e6);
  EXPECT_DOUBLE_EQ(s.figures(7000, 500, costs()).running, 100);
}

TEST(site, a_platform_without_one_is_none) {
  EXPECT_FALSE(check(load_netlist(find_platform("dgx_h100"))).site.known());
  const checked_platform p = check(load_netlist(find_platform("colossus")));
  EXPECT_EQ(p.site.systems * 8u, 220'000u);
  const double most = 10.2e3; // of a DGX H100 as published
  EXPECT_GT(p.site.figures(most, 1, p.costs).power_W, 0.99 * p.site.limit.value()) << "the limit binds where all draw their most";
}

} // namespace
} // namespace strata::platforms
