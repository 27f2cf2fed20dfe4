// SPDX-License-Identifier: Apache-2.0
// Numbered items that go from the front.
#include "traffic/serving/window.hpp"

#include <gtest/gtest.h>

namespace strata::traffic {
namespace {

TEST(window, numbers_stay_while_items_go) {
  window<int> w;
  for (int i = 0; i < 5; ++i)
    w.add(10 * i);
  w.drop(1);
  EXPECT_EQ(w.first(), 0u) << "the one before is still needed";
  EXPECT_EQ(w[0], 0);
  w.drop(0);
  EXPECT_EQ(w.first(), 2u);
  EXPECT_EQ(w[3], 30);
  w.drop(4);
  w.drop(2);
  w.drop(3);
  EXPECT_EQ(w.first(), 5u);
  EXPECT_EQ(w.size(), 5u);
  w.add(50);
  EXPECT_EQ(w[5], 50);
}

} // namespace
} // namespace strata::traffic
