// SPDX-License-Identifier: Apache-2.0
// What a cache holds: hits, eviction order, overlaps, ranges larger than the cache; against a cache of single bytes.
#include "models/core/resident_set.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <list>
#include <random>

namespace {

using strata::core::resident_set;

TEST(resident_set, what_was_touched_is_found) {
  resident_set cache(100);
  EXPECT_EQ(cache.hits(0, 50), 0u);
  cache.touch(10, 50);
  EXPECT_EQ(cache.hits(10, 50), 50u);
  EXPECT_EQ(cache.hits(0, 20), 10u);
  EXPECT_EQ(cache.hits(50, 100), 10u);
  EXPECT_EQ(cache.hits(60, 10), 0u);
}

TEST(resident_set, ranges_taken_in_turn_stay_while_they_fit_and_are_all_lost_when_they_do_not) {
  for (const unsigned ranges : {4u, 5u}) {
    resident_set cache(100);
    for (unsigned i = 0; i < ranges; ++i)
      cache.touch(1000 * i, 25);
    for (unsigned i = 0; i < ranges; ++i) {
      EXPECT_EQ(cache.hits(1000 * i, 25), ranges == 4 ? 25u : 0u) << i << " of " << ranges;
      cache.touch(1000 * i, 25);
    }
  }
}

TEST(resident_set, a_sweep_larger_than_the_cache_finds_nothing_and_leaves_its_end) {
  resident_set cache(100);
  cache.touch(0, 250);
  EXPECT_EQ(cache.size(), 100u);
  EXPECT_EQ(cache.hits(0, 250), 0u);
  EXPECT_EQ(cache.hits(0, 100), 0u);
  EXPECT_EQ(cache.hits(150, 100), 100u);
}

TEST(resident_set, no_cache_holds_nothing) {
  resident_set cache(0);
  cache.touch(0, 64);
  EXPECT_EQ(cache.size(), 0u);
  EXPECT_EQ(cache.hits(0, 64), 0u);
}

/// Least recently used bytes, one by one.
struct byte_cache {
  std::size_t capacity;
  std::list<std::uint64_t> bytes; // least recently used first
  std::uint64_t hits(std::uint64_t begin, std::uint64_t end) const {
    return static_cast<std::uint64_t>(
        std::count_if(bytes.begin(), bytes.end(), [&](std::uint64_t b) { return b >= begin && b < end; }));
  }
  void touch(std::uint64_t begin, std::uint64_t end) {
    for (std::uint64_t b = begin; b < end; ++b) {
      bytes.remove(b);
      bytes.push_back(b);
      if (bytes.size() > capacity)
        bytes.pop_front();
    }
  }
};

TEST(resident_set, agrees_with_a_cache_of_single_bytes) {
  std::mt19937 random(1);
  resident_set cache(64);
  byte_cache reference{64, {}};
  for (unsigned i = 0; i < 2000; ++i) {
    const std::uint64_t begin = random() % 160, length = 1 + random() % 64;
    EXPECT_EQ(cache.hits(begin, length), reference.hits(begin, begin + length)) << i;
    cache.touch(begin, length);
    reference.touch(begin, begin + length);
    ASSERT_EQ(cache.size(), reference.bytes.size()) << i;
  }
}

} // namespace
