// SPDX-License-Identifier: Apache-2.0
// Splitting of accesses, round-robin feeding of the channel queues, completion.
#include "models/dram/burst_engine.hpp"

#include "models/dram/config.hpp"

#include <algorithm>

namespace strata::dram {

namespace {
/// Marks in the tags of what error correction adds to an access: reads that it waits for, and writes that it does not.
constexpr std::uint32_t check_read = std::uint32_t{1} << 31, check_write = std::uint32_t{1} << 30, marks = check_read | check_write;
} // namespace

using base::access_pattern;
using base::femtoseconds;
using base::memory_access;

std::uint64_t unit_bursts(const dram_config& c) {
  return std::max<std::uint64_t>(1, base::payload_pool::access_unit / c.burst_bytes());
}

burst_engine::burst_engine(const dram_config& c, const address_mapping& mapping)
    : m_config(c), m_t(c), m_mapping(mapping), m_period(c.clock_period()), m_latency(base::to_femtoseconds(c.controller_latency)) {}

/// The access as (lane, bursts); `represents` = how many channels each lane stands for.
std::vector<std::pair<unsigned, burst_source>> burst_engine::split(const memory_access& a, double& represents) {
  const std::uint64_t burst = m_config.burst_bytes();
  const unsigned channels = m_mapping.channels();
  const bool symmetric = m_config.symmetry;
  std::vector<std::pair<unsigned, burst_source>> parts;
  represents = 1;
  if (a.stream.pattern == access_pattern::sequential) {
    const std::uint64_t first = a.address / burst, last = (a.address + a.stream.bytes + burst - 1) / burst;
    const std::uint64_t granules = (last - 1) / m_mapping.granule() - first / m_mapping.granule() + 1;
    const unsigned touched = static_cast<unsigned>(std::min<std::uint64_t>(granules, channels));
    const bool one = symmetric && touched == channels;
    std::uint64_t longest_begin = 0, longest = 0;
    // From the third one on no channel has more than those before: only the first and last granules may be cut short.
    for (unsigned i = 0; i < (one ? std::min(touched, 3u) : touched); ++i) {
      const unsigned c = (m_mapping.channel_of(first) + i) % channels;
      const std::uint64_t begin = m_mapping.local_begin(c, first), count = m_mapping.local_begin(c, last) - begin;
      if (one) {
        if (count > longest) {
          longest = count;
          longest_begin = begin;
        }
      } else if (count > 0) {
        parts.emplace_back(c, burst_source::sequential(begin, count));
      }
    }
    if (longest > 0) {
      parts.emplace_back(0, burst_source::sequential(longest_begin, longest));
      represents = static_cast<double>(last - first) / static_cast<double>(longest);
    }
    return parts;
  }

  const std::uint64_t unit = unit_bursts(m_config), units = (a.stream.bytes + unit * burst - 1) / (unit * burst);
  if (a.stream.pattern == access_pattern::random) {
    const std::uint64_t footprint = std::max(a.stream.footprint ? a.stream.footprint : a.stream.bytes, unit * burst);
    const std::uint64_t first = a.address / burst, last = (a.address + footprint) / burst;
    const std::uint64_t seed = scrambled(a.address, m_started);
    const auto touched = static_cast<unsigned>(std::min<std::uint64_t>(units, channels));
    const bool one = symmetric && touched == channels;
    for (unsigned i = 0; i < (one ? 1 : touched); ++i) {
      const unsigned c = one ? 0 : static_cast<unsigned>((seed + i) % channels);
      const std::uint64_t begin = m_mapping.local_begin(c, first), size = m_mapping.local_begin(c, last) - begin;
      const std::uint64_t count = (units - i + touched - 1) / touched;
      parts.emplace_back(c, burst_source::random(begin, size, count, unit, seed + i));
    }
    if (one)
      represents = static_cast<double>(units) / static_cast<double>((units + channels - 1) / channels);
    return parts;
  }

  std::vector<bool> touched(channels, false);
  const std::uint64_t walk = std::min<std::uint64_t>(units, m_mapping.granule() * channels);
  for (std::uint64_t i = 0; i < walk; ++i)
    touched[m_mapping.channel_of((a.address + i * a.stream.stride) / burst)] = true;
  const bool one = symmetric && std::find(touched.begin(), touched.end(), false) == touched.end();
  const auto source = [&](unsigned c) {
    return burst_source::strided(m_mapping, c, burst, a.address, a.stream.stride, units, unit);
  };
  for (unsigned c = 0; c < channels; ++c)
    if (touched[c] && !one)
      parts.emplace_back(c, source(c));
  if (one) {
    parts.emplace_back(0, source(m_mapping.channel_of(a.address / burst)));
    represents = channels;
  }
  return parts;
}

burst_engine::lane& burst_engine::lane_at(unsigned channel) { return m_lanes.try_emplace(channel, m_config, m_t).first->second; }

std::uint32_t burst_engine::take_slot() {
  if (m_free.empty()) {
    m_accesses.emplace_back();
    return static_cast<std::uint32_t>(m_accesses.size() - 1);
  }
  const std::uint32_t slot = m_free.back();
  m_free.pop_back();
  return slot;
}

void burst_engine::start(femtoseconds now, const memory_access& access) {
  const cycle at = (now + m_period - 1) / m_period;
  double represents = 1;
  auto sources = split(access, represents);
  const std::uint32_t slot = take_slot();
  m_accesses[slot] = {access.id, represents, static_cast<unsigned>(sources.size()), 0, 0, 0, 0};
  ++m_started;
  const double lanes = static_cast<double>(sources.size()) * represents;
  const double pace = access.stream.rate_limit > 0 ? static_cast<double>(m_config.burst_bytes()) * lanes /
                                                         access.stream.rate_limit / base::to_seconds(m_period)
                                                   : 0;
  unsigned partial = partial_writes(m_config, access);
  for (auto& [index, source] : sources) {
    lane& l = lane_at(index);
    run(l, at);
    l.parts.push_back({slot, access.write, source, pace, at, 0, partial});
    partial = 0;
    feed(l);
  }
}

femtoseconds burst_engine::next() const {
  if (m_free.size() == m_accesses.size())
    return base::never; // nothing is under way
  femtoseconds first = m_endings.empty() ? base::never : instant(m_endings.top().at);
  const cycle soonest = std::min(m_t.read_end(), m_t.write_end());
  for (const auto& [number, l] : m_lanes) {
    for (const auto& p : l.parts) {
      const double paced = static_cast<double>(p.source.left() - 1) * p.pace;
      const cycle last = std::max(l.now + (p.source.left() - 1) * m_t.ccd_s, p.arrival() + static_cast<cycle>(paced));
      first = std::min(first, instant(last + soonest));
    }
    if (m_draining > 0 && !l.scheduler.idle())
      first = std::min(first, instant(l.now + soonest));
  }
  return first;
}

void burst_engine::advance(femtoseconds now, std::vector<finished>& done) {
  const cycle at = now / m_period;
  for (auto& [number, l] : m_lanes)
    if (!l.parts.empty() || !l.scheduler.idle())
      run(l, at);
  while (!m_endings.empty() && instant(m_endings.top().at) <= now) {
    const std::uint32_t slot = m_endings.top().access;
    m_endings.pop();
    done.push_back({m_accesses[slot].id, m_accesses[slot].activates});
    m_free.push_back(slot);
  }
}

burst_engine::work burst_engine::done_for(std::uint64_t id) const {
  for (const auto& a : m_accesses)
    if (a.id == id)
      return {a.bursts, a.activates};
  return {0, 0};
}

void burst_engine::run(lane& l, cycle until) {
  for (;;) {
    const cycle t = std::min(l.scheduler.next(), next_arrival(l));
    if (t > until)
      break;
    l.now = std::max(l.now, t);
    m_served.clear();
    l.scheduler.advance(l.now, m_served);
    for (const auto& s : m_served) {
      progress& a = m_accesses[s.tag & ~marks];
      if (s.activate) {
        a.activates += a.represents;
        continue;
      }
      if (s.tag & check_write)
        continue;
      if (!(s.tag & check_read))
        a.bursts += a.represents;
      a.end = std::max(a.end, s.at);
      if (--a.queued == 0 && a.parts == 0) {
        m_endings.push({a.end, m_ended++, s.tag & ~marks});
        --m_draining;
      }
    }
    feed(l);
  }
  l.now = std::max(l.now, until);
}

/// Fills the queues, one burst of each access in turn.
void burst_engine::feed(lane& l) {
  for (std::size_t refused = 0; refused < l.parts.size();) {
    if (l.turn >= l.parts.size())
      l.turn = 0;
    part& p = l.parts[l.turn];
    if (!l.scheduler.has_room(p.write) || (p.pace > 0 && p.arrival() > l.now)) {
      ++refused;
      ++l.turn;
      continue;
    }
    refused = 0;
    m_extra.clear();
    l.checks.before(p.source.local(), p.write, m_extra);
    for (const auto& extra : m_extra)
      push_extra(l, p.access, extra.local, extra.write);
    for (; p.partial > 0; --p.partial)
      push_extra(l, p.access, p.source.local(), false);
    const location where = m_mapping.locate(p.source.local());
    l.scheduler.push(l.now, p.write, {p.access, where.bank, where.row});
    ++m_accesses[p.access].queued;
    ++p.sent;
    p.source.step();
    if (p.source.done()) {
      if (--m_accesses[p.access].parts == 0)
        ++m_draining;
      l.parts.erase(l.parts.begin() + static_cast<std::ptrdiff_t>(l.turn));
    } else {
      ++l.turn;
    }
  }
}

/// What error correction adds: the controller keeps it beside the queues' entries for data.
void burst_engine::push_extra(lane& l, std::uint32_t access, std::uint64_t local, bool write) {
  const location where = m_mapping.locate(local);
  l.scheduler.push(l.now, write, {access | (write ? check_write : check_read), where.bank, where.row});
  m_accesses[access].queued += !write;
}

/// Next cycle at which a paced burst arrives for a queue that has room.
cycle burst_engine::next_arrival(const lane& l) const {
  cycle first = never_cycle;
  for (const auto& p : l.parts)
    if (p.pace > 0 && l.scheduler.has_room(p.write))
      first = std::min(first, std::max(p.arrival(), l.now));
  return first;
}

} // namespace strata::dram
