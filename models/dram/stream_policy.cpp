// SPDX-License-Identifier: Apache-2.0
// Which accesses are taken at their mean, simulated, or shared out as flows.
#include "models/dram/stream_policy.hpp"

#include "models/dram/burst_policy.hpp"

#include <algorithm>

namespace strata::dram {

using base::femtoseconds;
using base::memory_access;

namespace {
/// Bursts up to which an access is short: from there on flows tell its end as well (tests/unit/dram_fidelity_test.cpp), sooner
/// where all that meet read row after row.
constexpr std::uint64_t longest_simulated = 2048, longest_of_reads = 1024;

bool reads_rows(const memory_access& a) { return !a.write && a.stream.pattern == base::access_pattern::sequential; }
} // namespace

std::unique_ptr<dram_policy> make_policy(const dram_config& c) {
  c.validate();
  if (c.fidelity == fidelity_kind::burst)
    return std::make_unique<burst_policy>(c);
  return std::make_unique<stream_policy>(c);
}

stream_policy::stream_policy(const dram_config& c)
    : m_config(c), m_profile(c), m_engine(std::make_unique<burst_engine>(c)), m_flows(c, m_profile) {}

/// Whether `a` makes flows of the short ones under way and itself.
bool stream_policy::long_for_company(const memory_access& a) const {
  std::uint64_t longest = m_profile.simulated_bursts(a);
  if (longest > longest_simulated || m_short.empty() || !reads_rows(a))
    return longest > longest_simulated;
  for (const short_access& s : m_short) {
    if (!reads_rows(s.access))
      return false;
    longest = std::max(longest, m_profile.simulated_bursts(s.access));
  }
  return longest > longest_of_reads;
}

void stream_policy::start(femtoseconds now, const memory_access& a) {
  m_now = now;
  if (!m_flows.idle() || long_for_company(a)) {
    share(now);
    m_flows.start(now, a);
    return;
  }
  m_short.push_back({a, now});
  if (m_short.size() == 1) {
    m_alone = now + unloaded(a);
    return;
  }
  if (m_alone != base::never)
    simulate(m_short.front());
  m_alone = base::never;
  simulate(m_short.back());
}

/// Makes flows of what is under way.
void stream_policy::share(femtoseconds now) {
  for (const short_access& s : m_short)
    if (m_alone != base::never)
      m_flows.start(s.start, s.access);
    else
      m_flows.go_on(now, s.access, m_engine->done_for(s.access.id));
  if (!m_short.empty() && m_alone == base::never)
    m_engine = std::make_unique<burst_engine>(m_config); // rid of what it was simulating
  m_short.clear();
  m_alone = base::never;
}

femtoseconds stream_policy::next() const {
  const femtoseconds first = std::min({m_alone, m_engine->next(), m_flows.next()});
  return std::max(first, m_now);
}

void stream_policy::advance(femtoseconds now, std::vector<std::uint64_t>& done) {
  m_now = now;
  m_ended.clear();
  m_engine->advance(now, m_ended);
  if (m_alone <= now) {
    m_ended.push_back({m_short.front().access.id, m_profile.idle_activates(m_short.front().access)});
    m_alone = base::never;
  }
  for (const auto& e : m_ended)
    m_short.erase(std::find_if(m_short.begin(), m_short.end(), [&](const short_access& s) { return s.access.id == e.id; }));
  m_flows.advance(now, m_ended);
  for (const auto& e : m_ended)
    done.push_back(e.id);
}

double stream_policy::activates(const memory_access& access) const {
  for (const auto& e : m_ended)
    if (e.id == access.id)
      return e.activates;
  return m_profile.idle_activates(access);
}

} // namespace strata::dram
