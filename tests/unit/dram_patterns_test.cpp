// SPDX-License-Identifier: Apache-2.0
// Address patterns: what the i-th access is, and that a load of them counts every burst once.
#include "models/dram/load_test.hpp"
#include "models/dram/patterns.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

namespace {

using namespace strata::dram;

pattern small(address_order order) {
  pattern p;
  p.order = order;
  p.unit = 32;
  p.capacity = 256;
  return p;
}
std::vector<std::uint64_t> addresses(const pattern& p, unsigned n) {
  std::vector<std::uint64_t> result;
  for (unsigned i = 0; i < n; ++i)
    result.push_back(make_sequence(p)(i).address);
  return result;
}

TEST(dram_patterns, ordered_addresses_wrap_at_the_capacity) {
  using list = std::vector<std::uint64_t>;
  EXPECT_EQ(addresses(small(address_order::sequential), 10), (list{0, 32, 64, 96, 128, 160, 192, 224, 0, 32}));
  EXPECT_EQ(addresses(small(address_order::two_streams), 10), (list{0, 128, 32, 160, 64, 192, 96, 224, 0, 128}));
  pattern strided = small(address_order::strided);
  strided.stride = 96;
  EXPECT_EQ(addresses(strided, 4), (list{0, 96, 192, 32}));
}

TEST(dram_patterns, random_addresses_reach_every_unit_and_follow_the_seed) {
  pattern p = small(address_order::random);
  const auto first = addresses(p, 200);
  const std::set<std::uint64_t> reached(first.begin(), first.end());
  EXPECT_EQ(reached, (std::set<std::uint64_t>{0, 32, 64, 96, 128, 160, 192, 224}));
  EXPECT_EQ(first, addresses(p, 200));
  p.seed = 2;
  EXPECT_NE(first, addresses(p, 200));
}

TEST(dram_patterns, writes_are_spread_evenly) {
  pattern p = small(address_order::sequential);
  const auto directions = [&p](double reads) {
    p.reads = reads;
    std::string text;
    for (unsigned i = 0; i < 6; ++i)
      text += make_sequence(p)(i).write ? 'W' : 'R';
    return text;
  };
  EXPECT_EQ(directions(1), "RRRRRR");
  EXPECT_EQ(directions(2.0 / 3), "RRWRRW");
  EXPECT_EQ(directions(0.5), "RWRWRW");
  EXPECT_EQ(directions(0), "WWWWWW");
}

TEST(dram_load, counts_every_burst_once_however_many_are_outstanding) {
  dram_config c;
  c.channels = 4;
  pattern p;
  p.order = address_order::random;
  p.unit = c.burst_bytes();
  p.capacity = c.capacity_bytes();
  p.reads = 0.75;
  for (const std::uint64_t outstanding : {0, 1, 3, 500}) {
    const load_result r = load_test(c, make_sequence(p), 4000, outstanding);
    EXPECT_EQ(r.reads, 3000u);
    EXPECT_EQ(r.writes, 1000u);
    EXPECT_EQ(r.read_latencies.size(), 3000u);
    EXPECT_GE(r.activates, 3900u); // hardly ever two to one row
  }
}

} // namespace
