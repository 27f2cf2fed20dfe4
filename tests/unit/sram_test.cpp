// SPDX-License-Identifier: Apache-2.0
// SRAM timing: closed forms, bank conflicts, and stream against burst fidelity.
#include "models/base/diagnostic.hpp"
#include "models/sram/sram_policy.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

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

/// Until the last of `accesses` ends; `start` lies past what the policy has seen.
base::femtoseconds run(base::service_policy& policy, const std::vector<memory_access>& accesses, base::femtoseconds start = 0) {
  for (const auto& a : accesses)
    policy.start(start, a);
  std::vector<std::uint64_t> done;
  base::femtoseconds now = start;
  while (done.size() < accesses.size())
    policy.advance(now = policy.next(), done);
  return now - start;
}

/// Of the mean over `placements` in the banks.
double stream_error(const sram_config& c, std::vector<memory_access> accesses, unsigned placements) {
  stream_policy stream(c);
  burst_policy burst(c);
  double ours = 0, due = 0;
  for (unsigned i = 0; i < placements; ++i) {
    for (auto& a : accesses) {
      const std::uint64_t z = (i * accesses.size() + a.id + 1) * 0xd1342543de82ef95u;
      a.address = (z ^ (z >> 30)) * 0x94d049bb133111ebu >> 40 << 2;
    }
    const base::femtoseconds start = i * std::uint64_t{1000000000000};
    ours += base::to_seconds(run(stream, accesses, start));
    due += base::to_seconds(run(burst, accesses, start));
  }
  return ours / due - 1;
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
  EXPECT_NEAR(profile.alone(profile.kind_of(access(0, false, 4096, access_pattern::strided, 4))), 4, 1e-9);
  EXPECT_NEAR(profile.alone(profile.kind_of(access(0, false, 4096, access_pattern::strided, 12))), 4, 1e-9);
  EXPECT_NEAR(profile.alone(profile.kind_of(access(0, false, 4096, access_pattern::strided, 16))), 2, 1e-9);
  EXPECT_NEAR(profile.alone(profile.kind_of(access(0, false, 4096, access_pattern::strided, 32))), 1, 1e-9);
}

TEST(sram, random_words_served_in_order_match_probability) {
  const sram_config c = wafer_core();
  conflict_profile profile(c);
  // Words per cycle until the first repeated bank, at most 4 of 8: 1 + 7/8 + 7/8*6/8 + 7/8*6/8*5/8.
  const double expected = 1 + 7.0 / 8 + 7.0 / 8 * 6 / 8 + 7.0 / 8 * 6 / 8 * 5 / 8;
  EXPECT_NEAR(profile.alone(profile.kind_of(access(0, false, 4096, access_pattern::random))) / expected, 1, 0.03);
}

/// Letters: s, t, r = sequential, strided, random read; capitals write. 1 KiB are 256 words.
std::vector<memory_access> mix(const std::string& letters, std::uint64_t bytes) {
  std::vector<memory_access> all;
  for (const char letter : letters) {
    const bool write = letter < 'a';
    const char kind = write ? static_cast<char>(letter - 'A' + 'a') : letter;
    all.push_back(access(all.size(), write, bytes,
                         kind == 's'   ? access_pattern::sequential
                         : kind == 't' ? access_pattern::strided
                                       : access_pattern::random,
                         16));
  }
  return all;
}

TEST(sram, stream_agrees_with_burst) {
  const sram_config c = wafer_core();
  for (const std::string letters : {"s", "S", "t", "T", "r", "R", "ss", "SS", "sS", "sss", "ssSS", "tt", "rr", "rR", "srtS", "ssssSSSS"})
    for (const std::uint64_t bytes : {4u, 20u, 64u, 256u, 1024u, 2048u, 4096u, 48000u}) {
      const double error = stream_error(c, mix(letters, bytes), bytes <= 1024 ? 4 : 100);
      std::printf("%-9s %6u B %6.2f %%\n", letters.c_str(), static_cast<unsigned>(bytes), 100 * error);
      EXPECT_LE(std::fabs(error), bytes <= 1024 ? 0 : 0.02) << letters << " " << bytes;
    }
}

/// What short ones have behind them counts when a long one makes flows of all.
TEST(sram, a_long_stream_arrives_among_short_ones) {
  const sram_config c = wafer_core();
  const auto shorts = mix("sS", 1024), longer = mix("sSs", 48000);
  const auto run_both = [&](base::service_policy& policy) {
    std::vector<std::uint64_t> done;
    for (const auto& a : shorts)
      policy.start(0, a);
    const base::femtoseconds later = 30 * c.clock_period();
    policy.advance(later, done);
    policy.start(later, longer.back());
    std::vector<double> ends(3);
    for (std::size_t seen = 0; done.size() < 3;) {
      const base::femtoseconds now = policy.next();
      policy.advance(now, done);
      for (; seen < done.size(); ++seen)
        ends[done[seen]] = base::to_seconds(now);
    }
    return ends;
  };
  stream_policy stream(c);
  burst_policy burst(c);
  const auto ours = run_both(stream), due = run_both(burst);
  for (std::size_t i = 0; i < 3; ++i)
    EXPECT_NEAR(ours[i] / due[i], 1, 0.02) << i;
}

TEST(sram, bad_parameters_are_refused) {
  sram_config c;
  c.read_words = 16;
  EXPECT_THROW(c.validate(), base::input_error);
}

} // namespace
