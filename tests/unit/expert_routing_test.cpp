// SPDX-License-Identifier: Apache-2.0
// Expected loads of experts against drawing tokens at random.
#include "traffic/llm/expert_routing.hpp"

#include "traffic/requests/sampler.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace strata::traffic {
namespace {

struct drawn {
  double touched = 0, fullest = 0;
};
drawn draw(unsigned tokens, unsigned experts, unsigned active) {
  constexpr unsigned rounds = 200;
  sampler random(7);
  drawn mean;
  for (unsigned round = 0; round < rounds; ++round) {
    std::vector<unsigned> load(experts);
    for (unsigned t = 0; t < tokens; ++t) {
      std::vector<unsigned> chosen;
      while (chosen.size() < active) {
        const unsigned e = random.whole(0, experts - 1);
        if (std::find(chosen.begin(), chosen.end(), e) == chosen.end())
          chosen.push_back(e);
      }
      for (const unsigned e : chosen)
        ++load[e];
    }
    mean.touched += double(experts - std::count(load.begin(), load.end(), 0u)) / rounds;
    mean.fullest += double(*std::max_element(load.begin(), load.end())) / rounds;
  }
  return mean;
}

TEST(expert_routing, agrees_with_random_choice) {
  for (const unsigned tokens : {1u, 8u, 64u, 500u})
    for (const auto& [experts, active] : {std::pair{128u, 4u}, {8u, 2u}, {256u, 8u}}) {
      const expert_load e = expected_load(tokens, experts, active);
      const drawn d = draw(tokens, experts, active);
      EXPECT_NEAR(e.touched, d.touched, 0.03 * d.touched) << tokens << " of " << experts;
      EXPECT_NEAR(e.fullest, d.fullest, 0.2 * d.fullest) << tokens << " of " << experts;
    }
}

TEST(expert_routing, one_token_touches_its_experts_and_many_touch_all) {
  EXPECT_DOUBLE_EQ(expected_load(1, 128, 4).touched, 4);
  EXPECT_EQ(expected_load(1, 128, 4).fullest, 1);
  EXPECT_NEAR(expected_load(1e5, 8, 2).touched, 8, 1e-9);
}

} // namespace
} // namespace strata::traffic
