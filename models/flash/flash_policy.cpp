// SPDX-License-Identifier: Apache-2.0
#include "models/flash/flash_policy.hpp"

#include <algorithm>
#include <cmath>

namespace strata::flash {

using base::femtoseconds;
using base::memory_access;

flash_policy::flash_policy(const flash_config& c) : m_config(c) {}

double flash_policy::pages(const memory_access& a) const {
  const double size = m_config.page.value();
  const double first = std::floor(static_cast<double>(a.address) / size);
  const double last = std::ceil(static_cast<double>(a.address + a.stream.bytes) / size);
  // Scattered access units each move a page of their own.
  const double units = static_cast<double>(a.stream.bytes) / base::payload_pool::access_unit;
  return a.stream.pattern == base::access_pattern::sequential ? last - first : std::max(1.0, std::ceil(units));
}

/// Seconds of the whole drive.
double flash_policy::work(const memory_access& a) const {
  return pages(a) * m_config.page.value() / m_config.bandwidth(a.write);
}

/// Share of the drive that a stream can take: no more planes than it has pages, no more than its requester takes.
double flash_policy::share(const memory_access& a) const {
  double limit = std::min(1.0, pages(a) / m_config.all_planes());
  if (a.stream.rate_limit > 0)
    limit = std::min(limit, a.stream.rate_limit / static_cast<double>(a.stream.bytes) * work(a));
  return limit;
}

/// A read waits for its first page, a write is done when the controller has buffered its last one.
femtoseconds flash_policy::latency(bool write) const {
  const double transfer = m_config.page.value() / m_config.channel_bandwidth.value();
  return to_femtoseconds(m_config.controller_latency) +
         (write ? 0 : to_femtoseconds(m_config.read_time) + base::time_for(transfer, 1));
}

void flash_policy::start(femtoseconds now, const memory_access& a) {
  if (m_writes.size() <= a.id)
    m_writes.resize(a.id + 1);
  m_writes[a.id] = a.write;
  m_drive.add(now, a.id, work(a), share(a));
}

femtoseconds flash_policy::next() const {
  return std::min(m_drive.next(), m_endings.empty() ? base::never : m_endings.top().due);
}

void flash_policy::advance(femtoseconds now, std::vector<std::uint64_t>& done) {
  m_through.clear();
  m_drive.advance(now, m_through);
  for (const std::uint64_t id : m_through)
    m_endings.push({now + latency(m_writes[id]), m_order++, id});
  for (; !m_endings.empty() && m_endings.top().due <= now; m_endings.pop())
    done.push_back(m_endings.top().id);
}

femtoseconds flash_policy::unloaded(const memory_access& a) const {
  return base::time_for(work(a), share(a)) + latency(a.write);
}

} // namespace strata::flash
