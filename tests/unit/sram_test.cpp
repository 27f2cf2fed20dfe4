// SPDX-License-Identifier: Apache-2.0
// SRAM timing: closed forms, bank conflicts, and stream against burst fidelity.
#include "models/base/diagnostic.hpp"
#include "models/sram/sram_policy.hpp"

#include <gtest/gtest.h>

namespace {

using namespace strata;
using namespace sram;
using base::access_pattern;
using base::memory_access;

sram_config wafer_core() {
  sram_config c;
  c.clock = base::frequency::of(1e9);
  return c;
}

memory_access access(std::uint64_t id, bool write, std::uint64_t bytes, access_pattern pattern = access_pattern::sequential,
                     std::uint64_t stride = 0) {
  memory_access a{id, 0, write, {}};
  a.stream.bytes = bytes;
  a.stream.pattern = pattern;
  a.stream.stride = stride;
  return a;
}

base::femtoseconds run(base::service_policy& policy, const std::vector<memory_access>& accesses) {
  for (const auto& a : accesses)
    policy.start(0, a);
  std::vector<std::uint64_t> done;
  base::femtoseconds now = 0;
  while (done.size() < accesses.size())
    policy.advance(now = policy.next(), done);
  return now;
}

double stream_error(const sram_config& c, const std::vector<memory_access>& accesses) {
  stream_policy stream(c);
  burst_policy burst(c);
  return static_cast<double>(run(stream, accesses)) / static_cast<double>(run(burst, accesses)) - 1;
}

TEST(sram, a_word_takes_the_latency_and_a_stream_the_width) {
  const sram_config c = wafer_core();
  burst_policy one(c), many(c);
  EXPECT_EQ(run(one, {access(0, false, 4)}), c.latency_cycles * c.clock_period());
  EXPECT_EQ(run(many, {access(0, false, 16 * 1000)}), (1000 + c.latency_cycles - 1) * c.clock_period());
  EXPECT_NEAR(base::to_seconds(one.unloaded(access(0, false, 4))), base::to_seconds(c.latency_cycles * c.clock_period()), 1e-15);
  EXPECT_DOUBLE_EQ(c.peak_bandwidth(false), 16e9);
  EXPECT_DOUBLE_EQ(c.peak_bandwidth(true), 8e9);
}

TEST(sram, tiles_multiply_bandwidth_but_not_latency) {
  sram_config c = wafer_core();
  c.tiles = 1000;
  burst_policy policy(c), word(c);
  EXPECT_EQ(run(policy, {access(0, false, 16 * 1000 * 1000)}), (1000 + c.latency_cycles - 1) * c.clock_period());
  EXPECT_EQ(run(word, {access(0, false, 4)}), c.latency_cycles * c.clock_period());
}

TEST(sram, strides_that_share_factors_with_the_banks_conflict) {
  const sram_config c = wafer_core(); // 8 banks of 4 bytes, 4 words a cycle
  conflict_profile profile(c);
  EXPECT_NEAR(profile.efficiency(access(0, false, 4096, access_pattern::strided, 4)), 1, 1e-9);
  EXPECT_NEAR(profile.efficiency(access(0, false, 4096, access_pattern::strided, 12)), 1, 1e-9);
  EXPECT_NEAR(profile.efficiency(access(0, false, 4096, access_pattern::strided, 16)), 0.5, 1e-9);
  EXPECT_NEAR(profile.efficiency(access(0, false, 4096, access_pattern::strided, 32)), 0.25, 1e-9);
}

TEST(sram, random_words_served_in_order_match_probability) {
  const sram_config c = wafer_core();
  conflict_profile profile(c);
  // Words per cycle until the first repeated bank, at most 4 of 8: 1 + 7/8 + 7/8*6/8 + 7/8*6/8*5/8.
  const double expected = (1 + 7.0 / 8 + 7.0 / 8 * 6 / 8 + 7.0 / 8 * 6 / 8 * 5 / 8) / 4;
  EXPECT_NEAR(profile.efficiency(access(0, false, 4096, access_pattern::random)) / expected, 1, 0.03);
}

TEST(sram, stream_agrees_with_burst) {
  sram_config c = wafer_core();
  for (const bool write : {false, true})
    for (const auto pattern : {access_pattern::sequential, access_pattern::strided, access_pattern::random})
      for (const std::uint64_t bytes : {4u, 64u, 4096u, 48000u})
        EXPECT_NEAR(stream_error(c, {access(0, write, bytes, pattern, 16)}), 0, bytes < 4096 ? 0.35 : 0.03)
            << static_cast<int>(pattern) << (write ? " write " : " read ") << bytes;
  EXPECT_NEAR(stream_error(c, {access(0, false, 48000), access(1, false, 48000)}), 0, 0.02);
  EXPECT_NEAR(stream_error(c, {access(0, false, 48000), access(1, true, 24000)}), 0, 0.02);
}

TEST(sram, bad_parameters_are_refused) {
  sram_config c;
  c.read_words = 16;
  EXPECT_THROW(c.validate(), base::input_error);
}

} // namespace
