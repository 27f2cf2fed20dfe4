// SPDX-License-Identifier: Apache-2.0
// The fidelity ladder of the DRAM model: stream against burst, over patterns, directions, sizes and mixes: time and energy, in
// the mean over phases of refresh and placements.
#include "models/dram/burst_policy.hpp"
#include "models/dram/stream_policy.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

namespace {

using namespace strata;
using base::access_pattern;
using base::femtoseconds;
using base::memory_access;
using dram::dram_config;

dram_config hbm3(unsigned channels) {
  dram_config c;
  c.channels = channels;
  c.capacity = base::bytes::of(channels * 268435456.0);
  c.mapping = "row bank column bank_group channel column:2";
  return c;
}

memory_access access(std::uint64_t id, std::uint64_t address, bool write, std::uint64_t bytes, access_pattern pattern) {
  memory_access a{id, address, write, {}};
  a.stream.bytes = bytes;
  a.stream.pattern = pattern;
  a.stream.stride = 4096;
  a.stream.footprint = pattern == access_pattern::random ? std::uint64_t{1} << 30 : 0;
  return a;
}

struct outcome {
  double seconds = 0, activates = 0;
  std::vector<double> ends; ///< s, by access
};

/// Until the end of the last of `accesses`; the k-th starts `k * apart` after `start`.
outcome run(dram::dram_policy& policy, femtoseconds start, const std::vector<memory_access>& accesses, femtoseconds apart = 0) {
  outcome o;
  o.ends.resize(accesses.size());
  femtoseconds now = start;
  std::vector<std::uint64_t> done;
  std::size_t started = 0, booked = 0;
  while (done.size() < accesses.size()) {
    const femtoseconds arrival = started < accesses.size() ? start + started * apart : base::never;
    now = std::min(policy.next(), arrival);
    policy.advance(now, done);
    for (; booked < done.size(); ++booked) {
      o.activates += policy.activates(accesses[done[booked]]); // ids count from 0
      o.ends[done[booked]] = base::to_seconds(now - start);
    }
    if (now == arrival)
      policy.start(now, accesses[started++]);
  }
  o.seconds = base::to_seconds(now - start);
  return o;
}

/// Sums of both levels over phases of refresh and, as placement is the caller's luck, over placements of streams and seeds.
/// Both go through the same history, one memory each.
struct comparison {
  outcome stream, burst;
  double bytes = 0;
};
comparison compare(const dram_config& c, const std::vector<memory_access>& accesses, unsigned samples, femtoseconds apart = 0) {
  const femtoseconds interval = base::to_femtoseconds(base::duration::of(c.t_refi.seconds)), rest = 100000 * interval;
  const std::uint64_t row_slice = 131072;
  dram::stream_policy stream(c);
  dram::burst_policy burst(c);
  comparison sum;
  sum.stream.ends.resize(accesses.size());
  sum.burst.ends.resize(accesses.size());
  const auto add = [](outcome& all, const outcome& one) {
    all.seconds += one.seconds;
    all.activates += one.activates;
    for (std::size_t k = 0; k < one.ends.size(); ++k)
      all.ends[k] += one.ends[k];
  };
  for (unsigned i = 0; i < samples; ++i) {
    std::vector<memory_access> placed = accesses;
    for (auto& a : placed) {
      a.address += dram::scrambled(7 + i, a.id) % 4096 * (row_slice / 16);
      sum.bytes += static_cast<double>(a.stream.bytes);
    }
    const femtoseconds start = (2 + std::uint64_t{i}) * rest + interval * (2 * i + 1) / (2 * samples);
    add(sum.stream, run(stream, start, placed, apart));
    add(sum.burst, run(burst, start, placed, apart));
  }
  return sum;
}

/// Relative differences of stream from burst: of the end of all, of the end that differs most, of energy (of HBM3: 909 pJ a
/// row, 11.57 pJ/bit of data).
struct difference {
  double time, ends = 0, energy;
  explicit difference(const comparison& c) : time(c.stream.seconds / c.burst.seconds - 1) {
    for (std::size_t k = 0; k < c.burst.ends.size(); ++k)
      if (const double d = c.stream.ends[k] / c.burst.ends[k] - 1; std::fabs(d) > std::fabs(ends))
        ends = d;
    const auto joules = [&c](const outcome& o) { return o.activates * 909e-12 + c.bytes * 8 * 11.57e-12; };
    energy = joules(c.stream) / joules(c.burst) - 1;
  }
};

TEST(dram_fidelity, one_stream) {
  const dram_config c = hbm3(8);
  for (const auto pattern : {access_pattern::sequential, access_pattern::strided, access_pattern::random})
    for (const bool write : {false, true})
      for (const std::uint64_t bytes : {64u, 4096u, 20000u, 65536u, 300000u, 1048576u, 5000000u, 67108864u}) {
        const unsigned samples = bytes < 10000 ? 1024 : bytes < 400000 ? 400 : bytes < 10000000 ? 16 : 1;
        const difference d(compare(c, {access(0, 0, write, bytes, pattern)}, samples));
        const auto what = std::to_string(static_cast<int>(pattern)) + (write ? " write " : " read ") + std::to_string(bytes);
        EXPECT_NEAR(d.time, 0, 0.02) << what;
        EXPECT_NEAR(d.energy, 0, 0.01) << what;
      }
}

/// Letters: s, t, r = sequential, strided, random read; capitals write.
std::vector<memory_access> streams(const std::string& letters, std::uint64_t bytes) {
  std::vector<memory_access> all;
  for (const char letter : letters) {
    const bool write = letter < 'a';
    const char kind = write ? static_cast<char>(letter - 'A' + 'a') : letter;
    const std::uint64_t id = all.size();
    all.push_back(access(id, id * (100 * 1048576 + 3 * 131072), write, bytes,
                         kind == 's'   ? access_pattern::sequential
                         : kind == 't' ? access_pattern::strided
                                       : access_pattern::random));
  }
  return all;
}

/// Prints the grid of accesses that meet: what meets, by bytes of each, and how far the stream level is off.
class ladder {
public:
  void hold(const std::string& mix, std::uint64_t bytes, unsigned samples, double time, double ends) {
    const difference d(compare(hbm3(8), streams(mix, bytes), samples));
    std::printf("%-9s %9llu B  %4u placements  time %6.2f %%  worst end %6.2f %%  energy %6.2f %%\n", mix.c_str(),
                static_cast<unsigned long long>(bytes), samples, 100 * d.time, 100 * d.ends, 100 * d.energy);
    EXPECT_LE(std::fabs(d.time), time) << mix << " " << bytes;
    EXPECT_LE(std::fabs(d.ends), ends) << mix << " " << bytes;
    EXPECT_LE(std::fabs(d.energy), 0.01) << mix << " " << bytes;
    m_most = std::max(m_most, std::fabs(d.time));
    m_sum += std::fabs(d.time);
    ++m_cells;
  }
  ~ladder() { std::printf("%u cells, time off by %.2f %% in the mean, %.2f %% at most\n", m_cells, 100 * m_sum / m_cells, 100 * m_most); }

private:
  double m_most = 0, m_sum = 0;
  unsigned m_cells = 0;
};

const std::vector<std::string> mixes = {"ss",       "sS",       "SS", "sss", "ssss", "sssS", "ssSS",     "sssssS", "ssssssss",
                                        "sssssssS", "ssssSSSS", "rr", "rR",  "rrrr", "tt",   "rrrrrrrr", "tT",     "tttt",
                                        "tttttttt", "sr",       "sR", "Sr",  "sssr", "st",   "srtS"};

bool strided(const std::string& mix) { return mix.find_first_of("tT") != std::string::npos; }

/// They are simulated: what the stream level makes of each is what the burst level does. A stride of 4096 keeps a stream on
/// one of the eight channels, where 256 KiB are no longer short.
TEST(dram_fidelity, short_streams_that_meet) {
  ladder l;
  for (const std::uint64_t bytes : {64u, 4096u, 16384u, 65536u, 262144u, 524288u})
    for (const std::string& mix : mixes)
      if (bytes <= 65536 || (!strided(mix) && (bytes <= 262144 || mix.rfind("ss", 0) != 0)))
        l.hold(mix, bytes, 4, 0, 0);
}

TEST(dram_fidelity, long_streams_that_meet) {
  ladder l;
  for (const std::string& mix : mixes)
    if (!strided(mix))
      l.hold(mix, 1048576, 60, 0.02, 0.06);
}

/// Which are flows among themselves already.
TEST(dram_fidelity, reads_of_middling_length_that_meet) {
  ladder l;
  for (const std::uint64_t bytes : {270000u, 480000u})
    for (const char* mix : {"ss", "sss", "ssss", "ssssssss"})
      l.hold(mix, bytes, 100, 0.02, 0.06);
}

/// What two of them get hangs on where they lie more than elsewhere.
TEST(dram_fidelity, long_strided_streams_that_meet) {
  ladder l;
  for (const std::string& mix : mixes)
    if (strided(mix)) {
      l.hold(mix, 262144, 200, 0.02, 0.06);
      l.hold(mix, 1048576, mix == "tt" ? 200 : 60, 0.02, 0.06);
    }
}

TEST(dram_fidelity, longest_streams_that_meet) {
  ladder l;
  for (const char* mix : {"ss", "sS", "ssSS", "rR", "tT", "sr", "srtS", "ssssssss"})
    l.hold(mix, 16777216, mix[1] == 'T' ? 4 : 8, 0.02, 0.07);
  for (const char* mix : {"ss", "sS", "srS"})
    l.hold(mix, 67108864, mix[1] == 's' ? 20 : 3, 0.02, 0.07);
}

/// What short ones have behind them counts when a long one makes flows of all.
TEST(dram_fidelity, a_long_stream_arrives_among_short_ones) {
  for (const std::string mix : {"sss", "ssS", "sSs", "srs"}) {
    auto all = streams(mix, 262144);
    all.back().stream.bytes = 4194304;
    const difference d(compare(hbm3(8), all, 60, 1000000000)); // a microsecond apart
    EXPECT_NEAR(d.time, 0, 0.02) << mix;
    EXPECT_NEAR(d.energy, 0, 0.01) << mix;
  }
}

TEST(dram_fidelity, one_channel_stands_for_all) {
  dram_config one = hbm3(8), all = one;
  all.symmetry = false;
  for (const auto pattern : {access_pattern::sequential, access_pattern::strided}) {
    const auto a = access(0, 4096, false, 1000000, pattern);
    dram::burst_policy representative(one), full(all);
    EXPECT_NEAR(run(representative, 0, {a}).seconds / run(full, 0, {a}).seconds, 1, 0.01) << static_cast<int>(pattern);
  }
}

TEST(dram_fidelity, a_rate_limit_holds_at_both) {
  const dram_config c = hbm3(8);
  auto a = access(0, 0, false, 1000000, access_pattern::sequential);
  a.stream.rate_limit = 50e9;
  dram::burst_policy burst(c);
  dram::stream_policy stream(c);
  const double due = 1000000 / 50e9;
  EXPECT_NEAR(run(burst, 0, {a}).seconds / due, 1, 0.02);
  EXPECT_NEAR(run(stream, 0, {a}).seconds / due, 1, 0.02);
}

} // namespace
