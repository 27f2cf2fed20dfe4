// SPDX-License-Identifier: Apache-2.0
// Both SRAM policies and the bank-conflict measurements that the stream level lives on.
#include "models/sram/sram_policy.hpp"

#include <algorithm>
#include <numeric>

namespace strata::sram {

using base::femtoseconds;
using base::memory_access;

namespace {

constexpr std::uint64_t window = 256;          ///< cycles in which a mix is watched, in each of
constexpr unsigned placements = 32;            ///< of its streams in the banks
constexpr std::uint64_t longest_simulated = 256; ///< words of a tile; beyond, the mean of many conflicts holds
constexpr unsigned streams_told_apart = 8;     ///< in all; beyond, numbers of a kind are rounded up to powers of two
constexpr double slowest = 1e-6;               ///< words per cycle of what others starve

/// A word for the n-th stream: the middle bits of a product of scrambled ones.
std::uint64_t anywhere(std::uint64_t n) {
  const std::uint64_t z = n * 0x9e3779b97f4a7c15u;
  return (z ^ (z >> 29)) * 0xbf58476d1ce4e5b9u >> 44;
}

/// Words per cycle that `a` asks of a tile at most.
double pace(const sram_config& c, const memory_access& a) {
  const double path = a.write ? c.write_words : c.read_words;
  return a.stream.rate_limit > 0 ? std::min(path, tile_pace(c, a)) : path;
}

/// So few words that a conflict more or less shows. Where their rate is limited it does not.
bool is_short(const sram_config& c, const memory_access& a) {
  return a.stream.rate_limit <= 0 && tile_words(c, a) <= longest_simulated;
}

} // namespace

std::unique_ptr<base::service_policy> make_policy(const sram_config& c) {
  c.validate();
  if (c.fidelity == fidelity_kind::burst)
    return std::make_unique<burst_policy>(c);
  return std::make_unique<stream_policy>(c);
}

conflict_profile::kind conflict_profile::kind_of(const memory_access& a) const {
  std::uint64_t stride = 0, place = 0;
  if (a.stream.pattern == base::access_pattern::strided) {
    stride = std::max<std::uint64_t>(1, a.stream.stride / m_config.word_bytes()) % m_config.banks;
    place = a.address / m_config.word_bytes() / m_config.tiles % std::gcd<std::uint64_t>(stride, m_config.banks);
  }
  return {a.stream.pattern, a.write, stride, place};
}

const std::map<conflict_profile::kind, double>& conflict_profile::together(const std::map<kind, unsigned>& streams) {
  const auto known = m_known.find(streams);
  if (known != m_known.end())
    return known->second;
  unsigned all = 0;
  for (const auto& [k, n] : streams)
    all += n;
  std::map<kind, unsigned> told = streams;
  if (all > streams_told_apart)
    for (auto& [k, n] : told) {
      unsigned rounded = 1;
      while (rounded < std::min(n, streams_told_apart))
        rounded *= 2;
      n = rounded;
    }
  std::map<kind, double> each = told == streams ? measure(told) : together(told);
  for (auto& [k, words] : each)
    words *= static_cast<double>(told.at(k)) / streams.at(k);
  return m_known.emplace(streams, std::move(each)).first->second;
}

std::map<conflict_profile::kind, double> conflict_profile::measure(const std::map<kind, unsigned>& streams) const {
  constexpr std::uint64_t enough = std::uint64_t{1} << 40;
  // A placement lasts as long as its streams: what counts is the time of equal work, so sums are of shares of all words.
  std::map<kind, double> each;
  double cycles = 0;
  std::uint64_t number = 0;
  for (unsigned i = 0; i < placements; ++i) {
    bank_machine tile(m_config);
    for (const auto& [k, n] : streams)
      for (unsigned j = 0; j < n; ++j) {
        const auto& [pattern, write, stride, place] = k;
        memory_access a{number, 0, write, {}};
        a.stream.pattern = pattern;
        a.stream.stride = (stride == 0 ? m_config.banks : stride) * m_config.word_bytes();
        const std::uint64_t step = pattern == base::access_pattern::strided ? std::gcd<std::uint64_t>(stride, m_config.banks) : 1;
        a.address = (place + anywhere(++number) * step) * m_config.word_bytes() * m_config.tiles;
        tile.add(a, enough);
      }
    std::vector<std::uint64_t> done;
    for (std::uint64_t cycle = 0; cycle < window; ++cycle)
      tile.step(done);
    const auto all = static_cast<double>(tile.words(false) + tile.words(true));
    for (const auto& r : tile.release())
      each[kind_of(r.access)] += static_cast<double>(enough - r.words) / all;
    cycles += static_cast<double>(window) / all;
  }
  for (auto& [k, words] : each)
    words = std::max(slowest, words / (cycles * streams.at(k)));
  return each;
}

femtoseconds conflict_profile::idle_time(const memory_access& a) {
  const std::uint64_t words = tile_words(m_config, a);
  const femtoseconds period = m_config.clock_period();
  if (is_short(m_config, a)) {
    bank_machine tile(m_config);
    tile.add(a, words);
    std::vector<std::uint64_t> done;
    std::uint64_t cycles = 0;
    for (; done.empty(); ++cycles)
      tile.step(done);
    return (cycles + m_config.latency_cycles - 1) * period;
  }
  const double words_per_cycle = std::min(alone(kind_of(a)), pace(m_config, a));
  return base::time_for(static_cast<double>(words), words_per_cycle * m_config.clock.value()) + (m_config.latency_cycles - 1) * period;
}

void burst_policy::start(femtoseconds now, const memory_access& a) {
  run((now + m_period - 1) / m_period);
  m_tile.add(a, tile_words(m_config, a));
}

femtoseconds burst_policy::next() const {
  femtoseconds first = m_endings.empty() ? base::never : m_endings.front().first;
  if (!m_tile.idle())
    first = std::min(first, (m_cycle + m_tile.soonest() + m_config.latency_cycles - 1) * m_period);
  return first;
}

void burst_policy::advance(femtoseconds now, std::vector<std::uint64_t>& done) {
  run(now / m_period);
  for (; !m_endings.empty() && m_endings.front().first <= now; m_endings.pop())
    done.push_back(m_endings.front().second);
}

std::vector<bank_machine::rest> burst_policy::release(femtoseconds now) {
  run((now + m_period - 1) / m_period);
  return m_tile.release();
}

void burst_policy::run(std::uint64_t until) {
  while (m_cycle < until && !m_tile.idle()) {
    m_through.clear();
    m_tile.step(m_through);
    ++m_cycle;
    for (const std::uint64_t id : m_through)
      m_endings.push({(m_cycle + m_config.latency_cycles - 1) * m_period, id});
  }
  m_cycle = std::max(m_cycle, until);
}

stream_policy::stream_policy(const sram_config& c)
    : m_config(c), m_profile(c), m_short(c), m_flows(1), m_latency((c.latency_cycles - 1) * c.clock_period()) {}

void stream_policy::start(femtoseconds now, const memory_access& a) {
  if (m_flows.size() == 0 && is_short(m_config, a)) {
    m_short.start(now, a);
    return;
  }
  for (const auto& r : m_short.release(now))
    flow(now, r.access, r.words);
  flow(now, a, tile_words(m_config, a));
  settle(now);
}

/// `words` of the busiest tile are still to go.
void stream_policy::flow(femtoseconds now, const memory_access& a, std::uint64_t words) {
  const conflict_profile::kind k = m_profile.kind_of(a);
  const double alone = m_profile.alone(k);
  const double cycles = std::max(1.0, static_cast<double>(words) / alone);
  m_flowing.emplace(a.id, stream_flow{k, alone, 1});
  ++m_mix[k];
  m_flows.add(now, a.id, cycles / m_config.clock.value(), std::min(1.0, pace(m_config, a) / alone));
}

femtoseconds stream_policy::next() const {
  return std::min({m_short.next(), m_flows.next(), m_endings.empty() ? base::never : m_endings.front().first});
}

void stream_policy::advance(femtoseconds now, std::vector<std::uint64_t>& done) {
  m_short.advance(now, done);
  m_through.clear();
  m_flows.advance(now, m_through);
  for (const std::uint64_t id : m_through) {
    m_endings.push({now + m_latency, id});
    const auto f = m_flowing.find(id);
    const auto in_mix = m_mix.find(f->second.kind);
    if (--in_mix->second == 0)
      m_mix.erase(in_mix);
    m_flowing.erase(f);
  }
  if (!m_through.empty())
    settle(now);
  for (; !m_endings.empty() && m_endings.front().first <= now; m_endings.pop())
    done.push_back(m_endings.front().second);
}

/// How fast each flow goes, compared with alone, depends on which flow.
void stream_policy::settle(femtoseconds now) {
  if (m_mix.empty())
    return;
  const auto& words = m_profile.together(m_mix);
  double all = 0;
  for (auto& [id, f] : m_flowing)
    all += f.speed = words.at(f.kind) / f.alone;
  m_flows.reshare(now, all, [this](std::uint64_t id, double) { return m_flowing.at(id).speed; });
}

} // namespace strata::sram
