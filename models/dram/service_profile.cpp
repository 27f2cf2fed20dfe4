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
constexpr unsigned fewest_windows = 4, most_windows = 256;
constexpr double bursts_watched = 1e5;          ///< in all windows of a mix, at most,
constexpr double window_error = 0.005;          ///< or until the standard error of their mean is this share of it
constexpr unsigned slides = 32;                 ///< of a window
constexpr std::uint64_t bursts_sampled = 16384; ///< for a mean start-up time, within these numbers of samples:
constexpr std::uint64_t fewest_samples = 64, most_samples = 512;
constexpr unsigned streams_told_apart = 8;      ///< in all; beyond, numbers of a kind are rounded up to powers of two

unsigned log2_up(std::uint64_t n) {
  unsigned bits = 0;
  while (bits < 63 && (std::uint64_t{1} << bits) < n)
    ++bits;
  return bits;
}

/// Sizes at which start-up is measured: 1, 2, 3, 4, 6, 8, 12 ... bursts.
std::uint64_t sample_bursts(unsigned size) {
  return size == 0 ? 1 : (size % 2 ? 2u : 3u) * (std::uint64_t{1} << (size - 1) / 2);
}

/// Cycles in which every bank is refreshed once; a nominal window where there is no refresh.
cycle refresh_round(const dram_config& c) {
  const timing t(c);
  return t.refi ? t.refi * t.refresh_units : 6000;
}

} // namespace

bool service_profile::traits::operator<(const traits& o) const {
  return std::tie(pattern, write, stride, footprint_log2) < std::tie(o.pattern, o.write, o.stride, o.footprint_log2);
}

service_profile::service_profile(const dram_config& c) : m_config(c), m_mapping(c) {}

std::shared_ptr<service_profile> service_profile::of(const dram_config& c) {
  static std::map<std::string, std::weak_ptr<service_profile>> known;
  dram_config copy = c;
  base::parameter_list list;
  copy.parameters(list);
  std::string text;
  for (const auto& p : list.all())
    text += p.get() + '\n';
  auto& entry = known[text];
  auto profile = entry.lock();
  if (!profile)
    entry = profile = std::make_shared<service_profile>(c);
  return profile;
}

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
    m_kinds.push_back({t, reachable(t), {0, 0}, {}});
  return it->second;
}

/// Bursts that `access` puts on its busiest channel.
std::uint64_t service_profile::lane_bursts(const kind& k, const memory_access& a) const {
  const std::uint64_t burst = m_config.burst_bytes(), lanes = k.lanes;
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

/// A stream of `bytes` with these traits; different numbers start at unrelated rows, all on the first channel.
memory_access service_profile::example(const traits& t, std::uint64_t bytes, unsigned number) const {
  const std::uint64_t row_slice = m_config.lanes() * m_config.banks() * static_cast<std::uint64_t>(m_config.row_bytes.value());
  memory_access a{number, scrambled(1, number) % (m_config.rows() * 16) * (row_slice / 16), t.write, {}};
  a.stream.bytes = bytes;
  a.stream.pattern = t.pattern;
  a.stream.stride = t.stride;
  a.stream.footprint = t.pattern == access_pattern::random ? std::uint64_t{1} << t.footprint_log2 : 0;
  return a;
}

/// Watches windows of a round of refresh, each with the streams elsewhere, until their mean is known. A window slides over
/// another round, lest it matters where it cuts through the turns that reads and writes take.
std::vector<service_profile::pace> service_profile::steady(const std::vector<unsigned>& streams) const {
  const cycle round = refresh_round(m_config), period = m_config.clock_period();
  const cycle begin = round / 4 + m_config.refresh_postpone * round; // a saturated memory can put off no more refreshes
  std::vector<double> bursts(streams.size(), 0), activates(streams.size(), 0);
  unsigned number = 0, windows = 0;
  double sum = 0, squares = 0; // of all bursts in a window
  for (bool known = false; !known && windows < most_windows && sum < bursts_watched;) {
    ++windows;
    burst_engine engine(m_config);
    std::vector<kind_index> kinds; // by access id
    for (const auto& [t, k] : m_index) // in an order that does not depend on who came first
      for (unsigned i = 0; k < streams.size() && i < streams[k]; ++i) {
        const std::uint64_t enough = ((begin + 2 * round) / timing(m_config).ccd_s + 1) * m_config.burst_bytes() * m_kinds[k].lanes;
        memory_access a = example(t, enough, number++);
        a.id = kinds.size();
        engine.start(0, a);
        kinds.push_back(k);
      }
    double all = 0;
    const auto book = [&](double sign) {
      for (std::uint64_t id = 0; id < kinds.size(); ++id) {
        const auto done = engine.done_for(id);
        const double per_stream = sign / (slides * m_kinds[kinds[id]].lanes * streams[kinds[id]]);
        bursts[kinds[id]] += done.bursts * per_stream;
        activates[kinds[id]] += done.activates * per_stream;
        all += sign * done.bursts / (slides * m_kinds[kinds[id]].lanes);
      }
    };
    std::vector<burst_engine::finished> done;
    for (unsigned i = 0; i < 2 * slides; ++i) {
      engine.advance((begin + round * i / slides) * period, done);
      book(i < slides ? -1 : 1);
    }
    sum += all;
    squares += all * all;
    const double mean = sum / windows, variance = std::max(0.0, squares / windows - mean * mean);
    known = windows >= fewest_windows && std::sqrt(variance / (windows - 1)) < window_error * mean;
  }
  std::vector<pace> result(streams.size(), pace{0, 0});
  for (kind_index k = 0; k < streams.size(); ++k)
    if (streams[k] > 0)
      result[k] = {bursts[k] / (windows * static_cast<double>(round)), activates[k] / bursts[k]};
  return result;
}

const service_profile::pace& service_profile::alone(kind_index k) {
  if (m_kinds[k].alone.bursts == 0) {
    std::vector<unsigned> one(k + 1, 0);
    one[k] = 1;
    m_kinds[k].alone = steady(one)[k];
  }
  return m_kinds[k].alone;
}

const std::vector<service_profile::pace>& service_profile::together(const std::vector<unsigned>& streams) {
  const auto it = m_together.find(streams);
  if (it != m_together.end())
    return it->second;
  std::vector<unsigned> told = streams;
  if (std::accumulate(told.begin(), told.end(), 0u) > streams_told_apart)
    for (unsigned& n : told)
      n = n == 0 ? 0 : std::min(streams_told_apart, 1u << log2_up(n));
  std::vector<pace> paces = told == streams ? steady(told) : together(told);
  for (kind_index k = 0; k < told.size(); ++k)
    if (told[k] > 0)
      paces[k].bursts *= static_cast<double>(told[k]) / streams[k];
  return m_together.emplace(streams, std::move(paces)).first->second;
}

/// Of `bytes` with `n` bursts on the busiest channel, at the pace that the kind keeps alone.
service_profile::cost service_profile::sustained(kind_index k, std::uint64_t n, std::uint64_t bytes) {
  const pace& p = alone(k);
  return {static_cast<double>(n) / p.bursts * base::to_seconds(m_config.clock_period()),
          static_cast<double>(bytes) / static_cast<double>(m_config.burst_bytes()) * p.activates};
}

/// What a stream with `n` bursts on each channel costs beyond the sustained pace.
service_profile::cost service_profile::mean_startup(kind_index k, std::uint64_t n) {
  const traits& t = m_kinds[k].t;
  const auto samples = std::clamp(bursts_sampled / n, fewest_samples, most_samples);
  const cycle round = refresh_round(m_config);
  cost sum{0, 0};
  for (unsigned i = 0; i < samples; ++i) {
    memory_access a = example(t, n * m_config.burst_bytes() * m_kinds[k].lanes, i);
    if (n < std::max(m_mapping.granule(), unit_bursts(m_config))) { // a short access, all of it in one channel
      a.stream.pattern = access_pattern::sequential;
      a.stream.bytes = n * m_config.burst_bytes();
    }
    const femtoseconds begin = (2 * round + round * (2 * i + 1) / (2 * samples)) * m_config.clock_period();
    burst_engine engine(m_config, this);
    engine.start(begin, a);
    std::vector<burst_engine::finished> done;
    femtoseconds end = begin;
    while (done.empty())
      engine.advance(end = engine.next(), done);
    const cost rest = sustained(k, n, a.stream.bytes);
    sum.seconds += base::to_seconds(end - begin) - rest.seconds;
    sum.activates += done.front().activates - rest.activates;
  }
  return {std::max(0.0, sum.seconds / static_cast<double>(samples)), sum.activates / static_cast<double>(samples)};
}

const service_profile::cost& service_profile::startup_at(kind_index k, unsigned size) {
  while (m_kinds[k].startup.size() <= size)
    m_kinds[k].startup.push_back(mean_startup(k, sample_bursts(static_cast<unsigned>(m_kinds[k].startup.size()))));
  return m_kinds[k].startup[size];
}

service_profile::cost service_profile::startup(kind_index k, std::uint64_t n) {
  unsigned above = 0;
  while (sample_bursts(above) < std::min(n, longest_startup))
    ++above;
  const cost high = startup_at(k, above);
  if (above == 0 || n >= longest_startup)
    return high;
  const cost low = startup_at(k, above - 1);
  const auto from = static_cast<double>(sample_bursts(above - 1)), to = static_cast<double>(sample_bursts(above));
  const double share = (static_cast<double>(n) - from) / (to - from);
  return {low.seconds + share * (high.seconds - low.seconds), low.activates + share * (high.activates - low.activates)};
}

service_profile::cost service_profile::idle_cost(const memory_access& a) {
  const kind_index k = kind_of(a);
  const std::uint64_t n = lane_bursts(m_kinds[k], a);
  const cost first = startup(k, n), rest = sustained(k, n, a.stream.bytes);
  double seconds = first.seconds + rest.seconds;
  if (a.stream.rate_limit > 0)
    seconds = std::max(seconds, first.seconds + static_cast<double>(a.stream.bytes) / a.stream.rate_limit);
  return {seconds, first.activates + rest.activates};
}

} // namespace strata::dram
