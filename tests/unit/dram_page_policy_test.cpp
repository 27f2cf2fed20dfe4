// SPDX-License-Identifier: Apache-2.0
// What each page policy is for: one access at a time, so that no queue knows what comes next.
#include "models/dram/load_test.hpp"
#include "models/dram/page_policy.hpp"

#include <gtest/gtest.h>

#include <numeric>

namespace {

using namespace strata;
using namespace dram;

constexpr std::uint64_t requests = 20000;

dram_config with(page_kind page) {
  dram_config c;
  c.page_policy = page;
  c.refresh = refresh_kind::none;
  c.bank_hash = false;
  return c;
}

/// Mean read latency in command clocks, with time between the accesses for a row to close.
double latency(page_kind page, const access_sequence& accesses) {
  const dram_config c = with(page);
  const load_result r = load_test(c, [&](std::uint64_t i) {
    dram::access a = accesses(i);
    a.at = i * 200 * c.clock_period();
    return a;
  }, requests, 1);
  const auto sum = std::accumulate(r.read_latencies.begin(), r.read_latencies.end(), 0.0);
  return sum / static_cast<double>(requests) / static_cast<double>(c.clock_period());
}

/// Walks along a row: every access but the first is to the row that was last used.
access_sequence sequential() {
  pattern p;
  p.unit = 32;
  p.capacity = with(page_kind::open).capacity_bytes();
  return make_sequence(p);
}
access_sequence random_rows() {
  pattern p;
  p.order = address_order::random;
  p.unit = 32;
  p.capacity = with(page_kind::open).capacity_bytes();
  return make_sequence(p);
}
/// By turns a long walk along rows of the lower half and scattered accesses to the upper half of the memory.
access_sequence by_turns() {
  return [walk = sequential(), scattered = random_rows()](std::uint64_t i) {
    dram::access a = i / 1000 % 2 ? scattered(i) : walk(i);
    a.address = a.address % (128 << 20) + (i / 1000 % 2 ? 128 << 20 : 0);
    return a;
  };
}

TEST(dram_page_policy, open_is_for_accesses_that_follow_each_other) {
  const timing t(with(page_kind::open));
  const double open = latency(page_kind::open, sequential()), closed = latency(page_kind::closed, sequential());
  EXPECT_NEAR(open, static_cast<double>(t.read_end()) + static_cast<double>(t.rp + t.rcd_read) / 32, 0.1); // 32 bursts a row
  EXPECT_NEAR(closed, static_cast<double>(t.rcd_read + t.read_end()), 1);
  EXPECT_NEAR(latency(page_kind::adaptive, sequential()), open, 1);
}

TEST(dram_page_policy, closed_is_for_scattered_accesses) {
  const timing t(with(page_kind::open));
  const double open = latency(page_kind::open, random_rows()), closed = latency(page_kind::closed, random_rows());
  EXPECT_NEAR(open, static_cast<double>(t.rp + t.rcd_read + t.read_end()), 1);
  EXPECT_NEAR(closed, static_cast<double>(t.rcd_read + t.read_end()), 1);
  EXPECT_NEAR(latency(page_kind::adaptive, random_rows()), closed, 1);
}

TEST(dram_page_policy, adaptive_is_for_both_by_turns) {
  const double open = latency(page_kind::open, by_turns()), closed = latency(page_kind::closed, by_turns());
  const double adaptive = latency(page_kind::adaptive, by_turns());
  const timing t(with(page_kind::open));
  const double least = static_cast<double>(t.read_end()) + 0.5 * static_cast<double>(t.rcd_read);
  EXPECT_LT(adaptive, 0.95 * std::min(open, closed));
  EXPECT_NEAR(adaptive, least, 0.05 * least);
}

TEST(dram_page_policy, the_counter_takes_as_many_surprises_as_it_has_room_for) {
  constexpr bank_index bank{3}, other{4};
  constexpr row_index row{7};
  for (const unsigned bits : {1u, 2u, 4u}) {
    page_policy p(page_kind::adaptive, 16, bits);
    const unsigned half = 1u << (bits - 1);
    EXPECT_FALSE(p.close_after(bank, row, true)) << "rows stay open until a bank has shown otherwise";
    unsigned surprises = 0;
    for (std::int64_t r = 8; !p.close_after(bank, row_index{r}, true); ++r)
      ++surprises;
    EXPECT_EQ(surprises, 0u);
    for (std::int64_t r = 100; r < 200; ++r) // saturate
      EXPECT_TRUE(p.close_after(bank, row_index{r}, true));
    unsigned hits = 0;
    while (p.close_after(bank, row_index{199}, true))
      ++hits;
    EXPECT_EQ(hits, half - 1);
    EXPECT_FALSE(p.close_after(other, row, true)) << "a counter for each bank";
    EXPECT_FALSE(p.close_after(bank, row, false)) << "never while hits are queued";
  }
}

} // namespace
