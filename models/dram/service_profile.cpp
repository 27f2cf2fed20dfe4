// SPDX-License-Identifier: Apache-2.0
// Measurements on a private burst engine.
#include "models/dram/service_profile.hpp"

#include "models/dram/burst_engine.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <tuple>

namespace strata::dram {

using base::access_pattern;
using base::femtoseconds;
using base::memory_access;

namespace {

constexpr unsigned longest_startup_log2 = 11; ///< start-up no longer changes beyond 2048 bursts
constexpr unsigned refreshes_watched = 4;     ///< refresh intervals in a steady-state window of one stream
constexpr unsigned longer_for_mixes = 8;      ///< streams that meet need time to meet in every way
constexpr std::uint64_t bursts_sampled = 16384; ///< for a mean start-up time, within these numbers of samples:
constexpr std::uint64_t fewest_samples = 48, most_samples = 1024;
constexpr unsigned streams_told_apart = 8;    ///< more streams of one kind behave like this many

unsigned log2_up(std::uint64_t n) {
  unsigned bits = 0;
  while (bits < 63 && (std::uint64_t{1} << bits) < n)
    ++bits;
  return bits;
}

/// Cycles in which every bank is refreshed once; a nominal window where there is no refresh.
cycle refresh_round(const dram_config& c) {
  const timing t(c);
  return t.refi ? t.refi * (t.refresh_per_bank ? c.banks() : 1) : 6000;
}

} // namespace

bool service_profile::traits::operator<(const traits& o) const {
  return std::tie(pattern, write, stride, footprint_log2) < std::tie(o.pattern, o.write, o.stride, o.footprint_log2);
}

service_profile::service_profile(const dram_config& c)
    : m_config(c), m_mapping(c), m_peak(c.peak_bandwidth()) {}

kind_index service_profile::kind_of(const memory_access& a) {
  traits t{a.stream.pattern, a.write, 0, 0};
  const std::uint64_t once_around = m_mapping.granule() * m_config.burst_bytes() * m_config.lanes();
  if (t.pattern == access_pattern::sequential && a.stream.bytes < once_around) {
    t.pattern = access_pattern::random; // too short to follow a row: what counts is where the next one falls
    t.footprint_log2 = log2_up(m_config.capacity_bytes());
  } else if (t.pattern == access_pattern::strided) {
    t.stride = a.stream.stride;
  } else if (t.pattern == access_pattern::random) {
    t.footprint_log2 = log2_up(std::min(a.stream.footprint ? a.stream.footprint : a.stream.bytes, m_config.capacity_bytes()));
  }
  const auto [it, is_new] = m_index.emplace(t, m_kinds.size());
  if (is_new)
    m_kinds.push_back({t, {}, reachable(t), {}});
  return it->second;
}

std::uint64_t service_profile::lane_bursts(kind_index k, const memory_access& a) const {
  const std::uint64_t burst = m_config.burst_bytes(), lanes = m_kinds[k].lanes;
  if (a.stream.pattern != access_pattern::sequential) {
    const std::uint64_t unit = unit_bursts(m_config);
    const std::uint64_t units = (a.stream.bytes + unit * burst - 1) / (unit * burst);
    return (units + lanes - 1) / lanes * unit;
  }
  const std::uint64_t bursts = (a.stream.bytes + burst - 1) / burst;
  const std::uint64_t granule = m_mapping.granule();
  return bursts / (granule * lanes) * granule + std::min(bursts % (granule * lanes), granule);
}

unsigned service_profile::reachable(const traits& t) const {
  const std::uint64_t lanes = m_config.lanes(), granule = m_mapping.granule() * m_config.burst_bytes();
  const bool skips = t.pattern == access_pattern::strided && t.stride % granule == 0;
  return static_cast<unsigned>(skips ? lanes / std::gcd(lanes, t.stride / granule) : lanes);
}

/// A stream of `bytes` with these traits; different numbers start at unrelated rows.
memory_access service_profile::example(const traits& t, std::uint64_t bytes, unsigned number) const {
  const std::uint64_t row_slice = m_config.lanes() * m_config.banks() * static_cast<std::uint64_t>(m_config.row_bytes.value());
  memory_access a{number, 0, t.write, {}};
  a.stream.bytes = bytes;
  a.stream.pattern = t.pattern;
  a.stream.stride = t.stride;
  a.stream.footprint = t.pattern == access_pattern::random ? std::uint64_t{1} << t.footprint_log2 : 0;
  if (number > 0)
    a.address = scrambled(1, number) % (m_config.rows() * 16) * (row_slice / 16);
  return a;
}

service_profile::rates service_profile::steady(const std::vector<unsigned>& streams) const {
  const bool mixed = std::accumulate(streams.begin(), streams.end(), 0u) > 1;
  const femtoseconds begin = refresh_round(m_config) * m_config.clock_period();
  const femtoseconds end = (1 + refreshes_watched * (mixed ? longer_for_mixes : 1)) * begin;
  const auto enough = static_cast<std::uint64_t>(1.5 * m_peak * base::to_seconds(end));
  burst_engine engine(m_config);
  unsigned number = 0;
  for (kind_index k = 0; k < streams.size(); ++k)
    for (unsigned i = 0; i < streams[k]; ++i)
      engine.start(0, example(m_kinds[k].t, enough, number++));
  std::vector<burst_engine::finished> done;
  engine.advance(begin, done);
  const double bursts = engine.bursts(), activates = engine.activates();
  engine.advance(end, done);
  const double bytes = (engine.bursts() - bursts) * static_cast<double>(m_config.burst_bytes());
  return {bytes / (m_peak * base::to_seconds(end - begin)), (engine.activates() - activates) / bytes};
}

const service_profile::kind& service_profile::measured(kind_index k) {
  kind& kd = m_kinds[k];
  if (kd.steady.efficiency == 0) {
    std::vector<unsigned> alone(k + 1, 0);
    alone[k] = 1;
    kd.steady = steady(alone);
  }
  return kd;
}

double service_profile::efficiency(kind_index k) { return measured(k).steady.efficiency; }
double service_profile::activates_per_byte(kind_index k) { return measured(k).steady.activates_per_byte; }

/// Mean time of a stream with `n` bursts on its busiest channel on an idle memory, over phases of refresh and, where
/// its addresses are random, over seeds.
double service_profile::mean_time(kind_index k, std::uint64_t n) const {
  const traits& t = m_kinds[k].t;
  const bool varies = t.pattern == access_pattern::random || m_config.refresh != refresh_kind::none;
  const auto samples = varies ? std::clamp(bursts_sampled / n, fewest_samples, most_samples) : 1;
  const femtoseconds round = refresh_round(m_config) * m_config.clock_period();
  double sum = 0;
  for (unsigned i = 0; i < samples; ++i) {
    memory_access a = example(t, full_bytes(k, n), t.pattern == access_pattern::random ? i : 0);
    if (n < std::max(m_mapping.granule(), unit_bursts(m_config))) { // a short access, all of it in one channel
      a.stream.pattern = access_pattern::sequential;
      a.stream.bytes = n * m_config.burst_bytes();
    }
    const femtoseconds phase = round * (2 * i + 1) / (2 * samples) / m_config.clock_period() * m_config.clock_period();
    const femtoseconds begin = m_config.refresh == refresh_kind::none ? 0 : 2 * round + phase;
    burst_engine engine(m_config);
    engine.start(begin, a);
    std::vector<burst_engine::finished> done;
    femtoseconds end = begin;
    while (done.empty())
      engine.advance(end = engine.next(), done);
    sum += base::to_seconds(end - begin);
  }
  return sum / static_cast<double>(samples);
}

double service_profile::startup_at(kind_index k, unsigned log2_bursts) {
  const double sustained = measured(k).steady.efficiency * m_peak;
  std::vector<double>& startup = m_kinds[k].startup_s;
  while (startup.size() <= log2_bursts) {
    const std::uint64_t n = std::uint64_t{1} << startup.size();
    startup.push_back(std::max(0.0, mean_time(k, n) - static_cast<double>(full_bytes(k, n)) / sustained));
  }
  return startup[log2_bursts];
}

femtoseconds service_profile::startup(kind_index k, std::uint64_t n) {
  const unsigned below = std::min(longest_startup_log2, n > 1 ? log2_up(n + 1) - 1 : 0u);
  const double low = startup_at(k, below);
  const auto from = static_cast<double>(std::uint64_t{1} << below);
  const double share = below == longest_startup_log2 ? 0 : (static_cast<double>(n) - from) / from;
  const double time = share > 0 ? low + share * (startup_at(k, below + 1) - low) : low;
  return static_cast<femtoseconds>(time * 1e15 + 0.5);
}

femtoseconds service_profile::idle_time(const memory_access& a) {
  const kind_index k = kind_of(a);
  const std::uint64_t n = lane_bursts(k, a);
  double rate = efficiency(k) * m_peak * static_cast<double>(a.stream.bytes) / static_cast<double>(full_bytes(k, n));
  if (a.stream.rate_limit > 0)
    rate = std::min(rate, a.stream.rate_limit);
  return base::time_for(static_cast<double>(a.stream.bytes), rate) + startup(k, n);
}

double service_profile::interference(const std::vector<unsigned>& streams) {
  std::vector<unsigned> told = streams;
  unsigned total = 0;
  double slowness = 0;
  for (kind_index k = 0; k < told.size(); ++k) {
    told[k] = told[k] == 0 ? 0 : std::min(streams_told_apart, 1u << log2_up(told[k]));
    total += told[k];
    slowness += told[k] > 0 ? told[k] / efficiency(k) : 0;
  }
  if (total <= 1)
    return 1;
  while (told.back() == 0)
    told.pop_back();
  const auto it = m_interference.find(told);
  if (it != m_interference.end())
    return it->second;
  const double factor = steady(told).efficiency * slowness / total;
  m_interference.emplace(told, factor);
  return factor;
}

} // namespace strata::dram
