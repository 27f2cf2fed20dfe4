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

constexpr std::uint64_t longest_startup = 2048; ///< bursts; start-up no longer changes beyond
constexpr unsigned refreshes_watched = 4;       ///< refresh intervals of one stream's steady state
constexpr unsigned fewest_placements = 32, most_placements = 256; ///< of streams that mix: an interval each
constexpr unsigned fewest_of_one = 16;          ///< likewise of one random stream, which falls on all banks alike
constexpr double placement_error = 0.005;       ///< of their mean: standard error at which they are enough
constexpr std::uint64_t bursts_sampled = 32768; ///< for a mean start-up time, within these numbers of samples:
constexpr std::uint64_t fewest_samples = 24, most_samples = 512;
constexpr unsigned streams_told_apart = 8;      ///< in all; beyond, numbers of a kind are rounded up to powers of two

unsigned log2_up(std::uint64_t n) {
  unsigned bits = 0;
  while (bits < 63 && (std::uint64_t{1} << bits) < n)
    ++bits;
  return bits;
}

/// Sizes at which start-up is measured: 1, 2, 4, 8 ... bursts.
std::uint64_t sample_bursts(unsigned size) { return std::uint64_t{1} << size; }

/// Cycles in which every bank is refreshed once; a nominal window where there is no refresh.
cycle refresh_round(const dram_config& c) {
  const timing t(c);
  return t.refi ? t.refi * t.refresh_units : 6000;
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

std::uint64_t service_profile::simulated_bursts(const memory_access& a) {
  const kind_index k = kind_of(a);
  const std::uint64_t all = (a.stream.bytes + m_config.burst_bytes() - 1) / m_config.burst_bytes();
  const bool by_symmetry = m_config.symmetry && m_kinds[k].lanes == m_config.lanes() && all >= m_mapping.granule() * m_config.lanes();
  return by_symmetry ? lane_bursts(k, a) : all;
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

/// What one stream of each kind gets of `streams[k]` concurrent endless ones.
std::vector<service_profile::rates> service_profile::steady(const std::vector<unsigned>& streams) const {
  const bool mixed = std::accumulate(streams.begin(), streams.end(), 0u) > 1;
  bool varies = mixed;
  for (kind_index k = 0; k < streams.size(); ++k)
    varies = varies || (streams[k] > 0 && m_kinds[k].t.pattern == access_pattern::random);
  const femtoseconds round = refresh_round(m_config) * m_config.clock_period();
  // From when on a saturated memory can put off no more refreshes.
  const femtoseconds begin = round / 4 + m_config.refresh_postpone * round, end = begin + (varies ? 1 : refreshes_watched) * round;
  const auto enough = static_cast<std::uint64_t>(1.5 * m_peak * base::to_seconds(end));
  // A placement lasts as long as its streams: what counts is the time of equal work, so sums are of shares of a window's bursts.
  std::vector<double> bursts(streams.size(), 0), activates(streams.size(), 0);
  double seconds = 0;
  unsigned number = 0, windows = 0;
  double sum = 0, squares = 0; // of a channel's bursts in a window
  const auto known = [&] {
    if (!varies || windows < (mixed ? fewest_placements : fewest_of_one))
      return windows > 0 && !varies;
    const double mean = sum / windows, variance = std::max(0.0, squares / windows - mean * mean);
    return windows == most_placements || std::sqrt(variance / windows) < placement_error * mean;
  };
  for (; !known(); ++windows) {
    burst_engine engine(m_config, m_mapping);
    std::vector<kind_index> kinds; // by access id
    for (kind_index k = 0; k < streams.size(); ++k)
      for (unsigned i = 0; i < streams[k]; ++i) {
        memory_access a = example(m_kinds[k].t, enough, number++);
        a.id = kinds.size();
        engine.start(0, a);
        kinds.push_back(k);
      }
    std::vector<burst_engine::finished> done;
    engine.advance(begin, done);
    std::vector<burst_engine::work> before;
    for (std::uint64_t id = 0; id < kinds.size(); ++id)
      before.push_back(engine.done_for(id));
    engine.advance(end, done);
    double watched = 0;
    for (std::uint64_t id = 0; id < kinds.size(); ++id)
      watched += (engine.done_for(id).bursts - before[id].bursts) / m_kinds[kinds[id]].lanes;
    for (std::uint64_t id = 0; id < kinds.size(); ++id) {
      const auto after = engine.done_for(id);
      bursts[kinds[id]] += (after.bursts - before[id].bursts) / watched;
      activates[kinds[id]] += (after.activates - before[id].activates) / watched;
    }
    seconds += base::to_seconds(end - begin) / watched;
    sum += watched;
    squares += watched * watched;
  }
  std::vector<rates> result(streams.size(), rates{0, 0});
  for (kind_index k = 0; k < streams.size(); ++k) {
    const double bytes = bursts[k] * static_cast<double>(m_config.burst_bytes());
    if (streams[k] > 0)
      result[k] = {bytes / (m_peak * streams[k] * seconds), activates[k] / bytes};
  }
  return result;
}

const service_profile::kind& service_profile::measured(kind_index k) {
  kind& kd = m_kinds[k];
  if (kd.alone.efficiency == 0) {
    std::vector<unsigned> alone(k + 1, 0);
    alone[k] = 1;
    kd.alone = steady(alone)[k];
  }
  return kd;
}

/// Measures startup(k, n) on an idle memory, over phases of refresh and placements.
service_profile::startup_cost service_profile::mean_startup(kind_index k, std::uint64_t n) {
  const rates alone = measured(k).alone;
  const traits& t = m_kinds[k].t;
  const auto samples = std::clamp(bursts_sampled / n, fewest_samples, most_samples);
  const femtoseconds round = refresh_round(m_config) * m_config.clock_period();
  startup_cost sum{0, 0};
  for (unsigned i = 0; i < samples; ++i) {
    memory_access a = example(t, full_bytes(k, n), i);
    if (n < std::max(m_mapping.granule(), unit_bursts(m_config))) { // a short access, all of it in one channel
      a.stream.pattern = access_pattern::sequential;
      a.stream.bytes = n * m_config.burst_bytes();
    }
    const femtoseconds phase = round * (2 * i + 1) / (2 * samples) / m_config.clock_period() * m_config.clock_period();
    const femtoseconds begin = m_config.refresh == refresh_kind::none ? 0 : 2 * round + phase;
    burst_engine engine(m_config, m_mapping);
    engine.start(begin, a);
    std::vector<burst_engine::finished> done;
    femtoseconds end = begin;
    while (done.empty())
      engine.advance(end = engine.next(), done);
    sum.seconds += base::to_seconds(end - begin);
    sum.activates += done.front().activates - alone.activates_per_byte * static_cast<double>(a.stream.bytes);
  }
  const double sustained = static_cast<double>(full_bytes(k, n)) / (alone.efficiency * m_peak);
  return {std::max(0.0, sum.seconds / static_cast<double>(samples) - sustained), sum.activates / static_cast<double>(samples)};
}

const service_profile::startup_cost& service_profile::startup_at(kind_index k, unsigned size) {
  const auto it = m_kinds[k].startup.find(size);
  return it != m_kinds[k].startup.end() ? it->second : m_kinds[k].startup.emplace(size, mean_startup(k, sample_bursts(size))).first->second;
}

service_profile::startup_cost service_profile::startup(kind_index k, std::uint64_t n) {
  unsigned above = 0;
  while (sample_bursts(above) < std::min(n, longest_startup))
    ++above;
  const startup_cost high = startup_at(k, above);
  if (above == 0 || n >= longest_startup)
    return high;
  const startup_cost low = startup_at(k, above - 1);
  const auto from = static_cast<double>(sample_bursts(above - 1)), to = static_cast<double>(sample_bursts(above));
  const double share = (static_cast<double>(n) - from) / (to - from);
  return {low.seconds + share * (high.seconds - low.seconds), low.activates + share * (high.activates - low.activates)};
}

femtoseconds service_profile::idle_time(const memory_access& a) {
  const kind_index k = kind_of(a);
  const std::uint64_t n = lane_bursts(k, a);
  double rate = efficiency(k) * m_peak * static_cast<double>(a.stream.bytes) / static_cast<double>(full_bytes(k, n));
  if (a.stream.rate_limit > 0)
    rate = std::min(rate, a.stream.rate_limit);
  return base::time_for(static_cast<double>(a.stream.bytes), rate) + base::to_femtoseconds(base::duration::of(startup(k, n).seconds));
}

double service_profile::idle_activates(const memory_access& a) {
  const kind_index k = kind_of(a);
  return measured(k).alone.activates_per_byte * static_cast<double>(a.stream.bytes) + startup(k, lane_bursts(k, a)).activates;
}

const service_profile::mix& service_profile::mixed(const std::vector<unsigned>& streams) {
  std::vector<unsigned> told = streams;
  while (!told.empty() && told.back() == 0)
    told.pop_back();
  if (std::accumulate(told.begin(), told.end(), 0u) > streams_told_apart)
    for (unsigned& n : told)
      n = n == 0 ? 0 : std::min(streams_told_apart, 1u << log2_up(n));
  const auto it = m_mixes.find(told);
  if (it != m_mixes.end())
    return it->second;

  const auto total = std::accumulate(told.begin(), told.end(), 0u);
  std::vector<rates> each;
  if (total == 1)
    each.assign(told.size(), measured(told.size() - 1).alone);
  else
    each = steady(told);
  mix m{total == 0 ? 1.0 : 0.0, {}};
  double sum = 0;
  for (kind_index k = 0; k < told.size(); ++k) {
    sum += told[k] * each[k].efficiency;
    m.throughput += told[k] > 0 ? told[k] * each[k].efficiency / efficiency(k) : 0;
  }
  for (const rates& r : each)
    m.kinds.push_back({r.efficiency * total / sum, r.activates_per_byte});
  return m_mixes.emplace(std::move(told), std::move(m)).first->second;
}

} // namespace strata::dram
