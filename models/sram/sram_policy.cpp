// SPDX-License-Identifier: Apache-2.0
// Both SRAM policies and the bank-conflict measurements that the stream level lives on.
#include "models/sram/sram_policy.hpp"

#include <algorithm>

namespace strata::sram {

using base::femtoseconds;
using base::memory_access;

namespace {

constexpr std::uint64_t window = 4096; ///< cycles of a steady-state measurement

/// A stream like `a` that outlasts the window.
memory_access endless(const memory_access& a) {
  memory_access e = a;
  e.stream.rate_limit = 0;
  return e;
}

void watch(bank_machine& tile) {
  std::vector<std::uint64_t> done;
  for (std::uint64_t i = 0; i < window; ++i)
    tile.step(done);
}

} // namespace

std::unique_ptr<base::service_policy> make_policy(const sram_config& c) {
  c.validate();
  if (c.fidelity == fidelity_kind::burst)
    return std::make_unique<burst_policy>(c);
  return std::make_unique<stream_policy>(c);
}

double conflict_profile::efficiency(const memory_access& a) {
  const std::uint64_t stride =
      a.stream.pattern == base::access_pattern::strided ? a.stream.stride / m_config.word_bytes() % m_config.banks : 0;
  double& share = m_alone[{a.stream.pattern, a.write, stride}];
  if (share == 0) {
    bank_machine tile(m_config);
    tile.add(endless(a), ~std::uint64_t{0});
    watch(tile);
    share = static_cast<double>(tile.words(a.write)) / static_cast<double>(window * (a.write ? m_config.write_words : m_config.read_words));
  }
  return share;
}

double conflict_profile::opposed(bool write) {
  if (m_opposed[0] == 0) {
    bank_machine tile(m_config);
    memory_access a{0, 0, false, {}};
    tile.add(a, ~std::uint64_t{0});
    a.write = true;
    a.address = m_config.tiles * m_config.word_bytes() * m_config.read_words; // bank phase of a buffer behind another
    tile.add(a, ~std::uint64_t{0});
    watch(tile);
    m_opposed[0] = static_cast<double>(tile.words(false)) / static_cast<double>(window * m_config.read_words);
    m_opposed[1] = static_cast<double>(tile.words(true)) / static_cast<double>(window * m_config.write_words);
  }
  return m_opposed[write];
}

femtoseconds conflict_profile::idle_time(const memory_access& a) {
  const double words_per_cycle = efficiency(a) * (a.write ? m_config.write_words : m_config.read_words);
  double rate = words_per_cycle * m_config.clock.value();
  if (a.stream.rate_limit > 0)
    rate = std::min(rate, a.stream.rate_limit / static_cast<double>(m_config.tiles * m_config.word_bytes()));
  const double whole = std::max(1 / m_config.clock.value(), static_cast<double>(tile_words(m_config, a)) / rate);
  return base::time_for(whole, 1) + (m_config.latency_cycles - 1) * m_config.clock_period();
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
    : m_config(c), m_profile(c), m_flows{base::fluid_server(c.peak_bandwidth(false)), base::fluid_server(c.peak_bandwidth(true))},
      m_latency((c.latency_cycles - 1) * c.clock_period()) {}

void stream_policy::start(femtoseconds now, const memory_access& a) {
  const double share = m_profile.efficiency(a);
  const auto bytes = static_cast<double>(a.stream.bytes);
  // A short access has no more than the tiles it touches, and takes a cycle at least.
  const auto spread = static_cast<double>(tile_words(m_config, a) * m_config.tiles * m_config.word_bytes());
  double limit = std::min(m_config.peak_bandwidth(a.write) * bytes / spread, bytes / share * m_config.clock.value());
  if (a.stream.rate_limit > 0)
    limit = std::min(limit, a.stream.rate_limit / share);
  m_flows[a.write].add(now, a.id, bytes / share, limit, 1 / share);
  settle(now);
}

femtoseconds stream_policy::next() const {
  return std::min({m_flows[0].next(), m_flows[1].next(), m_endings.empty() ? base::never : m_endings.front().first});
}

void stream_policy::advance(femtoseconds now, std::vector<std::uint64_t>& done) {
  m_through.clear();
  for (auto& f : m_flows)
    f.advance(now, m_through);
  for (const std::uint64_t id : m_through)
    m_endings.push({now + m_latency, id});
  settle(now);
  for (; !m_endings.empty() && m_endings.front().first <= now; m_endings.pop())
    done.push_back(m_endings.front().second);
}

void stream_policy::settle(femtoseconds now) {
  const bool both = m_flows[0].size() > 0 && m_flows[1].size() > 0;
  for (unsigned d = 0; d < 2; ++d)
    m_flows[d].set_rate(now, m_config.peak_bandwidth(d) * (both ? m_profile.opposed(d) : 1));
}

} // namespace strata::sram
