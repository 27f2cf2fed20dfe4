// SPDX-License-Identifier: Apache-2.0
// Bit errors: their mean, their repetition with the same seed, and that it does not matter how the bits are grouped.
#include "models/link/bit_errors.hpp"

#include <gtest/gtest.h>

namespace {

using strata::link::bit_errors;

TEST(bit_errors, come_at_their_rate_however_the_bits_are_grouped) {
  bit_errors whole(1e-6, 7), pieces(1e-6, 7);
  const unsigned at_once = whole.in(1e10);
  unsigned one_by_one = 0;
  for (unsigned i = 0; i < 1000; ++i)
    one_by_one += pieces.in(1e7);
  EXPECT_NEAR(at_once, 1e4, 500); // five standard deviations
  EXPECT_EQ(one_by_one, at_once);
}

TEST(bit_errors, differ_by_seed_and_never_come_at_rate_zero) {
  bit_errors a(1e-6, 1), b(1e-6, 2), none(0, 1);
  unsigned different = 0;
  for (unsigned i = 0; i < 100; ++i)
    different += a.in(1e6) != b.in(1e6);
  EXPECT_GT(different, 20u);
  EXPECT_EQ(none.in(1e18), 0u);
}

} // namespace
