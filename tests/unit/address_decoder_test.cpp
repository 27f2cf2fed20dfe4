// SPDX-License-Identifier: Apache-2.0
// Address decoding: edges of ranges, gaps, overlaps, and the top of the address space.
#include "models/base/address_decoder.hpp"

#include <gtest/gtest.h>

namespace strata::base {
namespace {

TEST(address_decoder, decodes_ranges_at_their_edges_and_nothing_between) {
  address_decoder d;
  d.add(0x3000, 0x1000, 3); // added out of order
  d.add(0x1000, 0x1000, 1);
  EXPECT_EQ(d.port(0x0fff), address_decoder::unmapped);
  EXPECT_EQ(d.port(0x1000), 1u);
  EXPECT_EQ(d.port(0x1fff), 1u);
  EXPECT_EQ(d.port(0x2000), address_decoder::unmapped);
  EXPECT_EQ(d.port(0x3000), 3u);
  EXPECT_EQ(d.port(0x3fff), 3u);
  EXPECT_EQ(d.port(0x4000), address_decoder::unmapped);
}

TEST(address_decoder, adjacent_ranges_do_not_overlap) {
  address_decoder d;
  d.add(0x1000, 0x1000, 1);
  EXPECT_NO_THROW(d.add(0x2000, 0x1000, 2));
  EXPECT_NO_THROW(d.add(0x0000, 0x1000, 0));
  EXPECT_EQ(d.port(0x1fff), 1u);
  EXPECT_EQ(d.port(0x2000), 2u);
}

TEST(address_decoder, refuses_every_kind_of_overlap) {
  address_decoder d;
  d.add(0x1000, 0x1000, 1);
  EXPECT_THROW(d.add(0x1000, 0x1000, 2), std::invalid_argument); // the same
  EXPECT_THROW(d.add(0x1800, 0x0100, 2), std::invalid_argument); // inside
  EXPECT_THROW(d.add(0x0800, 0x2000, 2), std::invalid_argument); // around
  EXPECT_THROW(d.add(0x0800, 0x0801, 2), std::invalid_argument); // its first byte
  EXPECT_THROW(d.add(0x1fff, 0x1000, 2), std::invalid_argument); // its last byte
  EXPECT_EQ(d.port(0x0800), address_decoder::unmapped) << "a refused range must leave no trace";
}

TEST(address_decoder, reaches_the_last_byte_of_the_address_space) {
  address_decoder d;
  d.add(~std::uint64_t{0} - 0xfff, 0x1000, 5);
  EXPECT_EQ(d.port(~std::uint64_t{0}), 5u);
  EXPECT_EQ(d.port(0), address_decoder::unmapped);
}

} // namespace
} // namespace strata::base
