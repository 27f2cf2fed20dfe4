// SPDX-License-Identifier: Apache-2.0
// Shipped devices as data: products of one generation differ by what data sheets say, and every number of a compute
// core says where it is from.
#include "platforms/elaborator.hpp"
#include "platforms/search_path.hpp"

#include <gtest/gtest.h>

namespace strata::platforms {
namespace {

checked_platform shipped(const std::string& name) { return check(load_netlist(find_platform(name))); }

const instance& core_of(const checked_platform& p) {
  for (const instance& i : p.instances)
    if (i.type->description->type == "compute_core")
      return i;
  throw std::logic_error("there is no compute core");
}

TEST(devices, an_h200_computes_like_an_h100) {
  const checked_platform h100 = shipped("h100"), h200 = shipped("h200");
  const auto &a = core_of(h100).parameters, &b = core_of(h200).parameters;
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i)
    EXPECT_EQ(a[i].value, b[i].value) << a[i].name;
  EXPECT_GT(h200.view.devices[0][0].memories[0].bandwidth, 1.4 * h100.view.devices[0][0].memories[0].bandwidth);
  EXPECT_EQ(h200.view.devices[0][0].memories[0].capacity, 141'000'000'000u);
}

TEST(devices, what_was_calibrated_belongs_to_a_generation) {
  for (const char* name : {"h100", "h200", "b200"}) {
    const checked_platform p = shipped(name);
    for (const effective_parameter& e : core_of(p).parameters)
      if (e.confidence.find("calibrated") != std::string::npos) {
        EXPECT_NE(e.where.file.find("technology/arch_"), std::string::npos) << name << ": " << e.name << " in " << e.where.file;
      }
  }
}

TEST(devices, a_system_of_eight_has_the_boards_of_one) {
  for (const auto& [one, eight] : {std::pair{"h100", "dgx_h100"}, {"h200", "dgx_h200"}, {"b200", "dgx_b200"}}) {
    const checked_platform single = shipped(one), system = shipped(eight);
    const auto &a = core_of(single).parameters, &b = core_of(system).parameters;
    for (std::size_t i = 0; i < a.size(); ++i)
      EXPECT_EQ(a[i].value, b[i].value) << eight << ": " << a[i].name;
    EXPECT_EQ(system.view.tensor_ranks, 8u);
  }
}

TEST(devices, every_number_of_a_shipped_core_has_a_source) {
  for (const char* name : {"h100", "h200", "b200", "tpu_v6e", "trainium2", "maia_200", "groq_lpu"}) {
    const checked_platform p = shipped(name);
    for (const effective_parameter& e : core_of(p).parameters)
      if (e.where.line > 0) {
        EXPECT_FALSE(e.source.empty()) << name << ": " << e.name;
        EXPECT_FALSE(e.confidence.empty()) << name << ": " << e.name;
      }
  }
}

} // namespace
} // namespace strata::platforms
