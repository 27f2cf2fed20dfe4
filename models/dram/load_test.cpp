// SPDX-License-Identifier: Apache-2.0
// Next-event loop over the channels: data ends, commands, arrivals.
#include "models/dram/load_test.hpp"

#include "models/dram/address_mapping.hpp"
#include "models/dram/channel.hpp"
#include "models/dram/check_traffic.hpp"

#include <algorithm>
#include <deque>
#include <functional>
#include <queue>

namespace strata::dram {

namespace {

/// Bursts that wait per channel, so that one full channel does not hold up the others.
constexpr std::uint64_t look_ahead = 64;
/// Tag of bursts of check words.
constexpr std::uint32_t nobody = ~std::uint32_t{0};

class load {
public:
  load(const dram_config& c, const access_sequence& accesses, std::uint64_t requests, std::uint64_t outstanding)
      : m_config(c), m_t(c), m_mapping(c), m_accesses(accesses), m_requests(requests), m_outstanding(outstanding),
        m_most_waiting(look_ahead * c.lanes()), m_accepted(requests), m_due(c.lanes(), never_cycle) {
    for (unsigned i = 0; i < c.lanes(); ++i)
      m_lanes.emplace_back(c, m_t);
  }

  load_result run() {
    while (m_result.reads + m_result.writes < m_requests) {
      const cycle arrival = issue();
      m_now = std::min({*std::min_element(m_due.begin(), m_due.end()), arrival,
                        m_ends.empty() ? never_cycle : m_ends.top()});
      for (std::size_t i = 0; i < m_lanes.size(); ++i)
        if (m_due[i] <= m_now)
          advance(i);
    }
    m_result.elapsed = m_last * m_config.clock_period() + base::to_femtoseconds(m_config.controller_latency);
    return std::move(m_result);
  }

private:
  struct waiting {
    std::uint32_t number;
    bool write;
    std::uint64_t local;
  };
  struct lane {
    lane(const dram_config& c, const timing& t) : scheduler(c, t), checks(c) {}
    channel scheduler;
    check_traffic checks;
    std::deque<waiting> backlog;
  };

  /// Hands out what may be issued now; returns when the next one comes, if that is what holds it back.
  cycle issue() {
    for (; !m_ends.empty() && m_ends.top() <= m_now; m_ends.pop())
      --m_in_flight;
    cycle arrival = never_cycle;
    for (; m_issued < m_requests && (m_outstanding ? m_in_flight < m_outstanding : m_waiting < m_most_waiting); ++m_issued) {
      const access a = m_accesses(m_issued);
      arrival = (a.at + m_config.clock_period() - 1) / m_config.clock_period();
      if (arrival > m_now)
        break;
      arrival = never_cycle;
      const std::uint64_t burst = a.address / m_config.burst_bytes();
      const unsigned channel = m_mapping.channel_of(burst);
      m_lanes[channel].backlog.push_back(
          {static_cast<std::uint32_t>(m_issued), a.write, m_mapping.local_of(burst)});
      ++m_waiting;
      ++m_in_flight;
      m_touched.push_back(channel);
    }
    for (const std::size_t i : m_touched)
      feed(i);
    for (const std::size_t i : m_touched)
      m_due[i] = m_lanes[i].scheduler.next();
    m_touched.clear();
    return arrival;
  }

  void feed(std::size_t i) {
    lane& l = m_lanes[i];
    for (; !l.backlog.empty() && l.scheduler.has_room(l.backlog.front().write); l.backlog.pop_front()) {
      const waiting& w = l.backlog.front();
      m_accepted[w.number] = {m_now, w.write};
      m_extra.clear();
      l.checks.before(w.local, w.write, m_extra);
      for (const auto& extra : m_extra)
        push(l, nobody, extra.local, extra.write);
      push(l, w.number, w.local, w.write);
      --m_waiting;
    }
  }

  void push(lane& l, std::uint32_t tag, std::uint64_t local, bool write) {
    const location where = m_mapping.locate(local);
    l.scheduler.push(m_now, write, {tag, where.bank, where.row});
  }

  void advance(std::size_t i) {
    m_served.clear();
    m_lanes[i].scheduler.advance(m_now, m_served);
    for (const served& s : m_served) {
      if (s.activate) {
        ++m_result.activates;
        continue;
      }
      if (s.tag == nobody)
        continue;
      m_last = std::max(m_last, s.at);
      if (m_outstanding)
        m_ends.push(s.at);
      const accepted& a = m_accepted[s.tag];
      ++(a.write ? m_result.writes : m_result.reads);
      if (!a.write)
        m_result.read_latencies.push_back((s.at - a.at) * m_config.clock_period() +
                                          base::to_femtoseconds(m_config.controller_latency));
    }
    m_touched.push_back(i);
  }

  struct accepted {
    cycle at;
    bool write;
  };
  const dram_config& m_config;
  const timing m_t;
  const address_mapping m_mapping;
  const access_sequence& m_accesses;
  const std::uint64_t m_requests, m_outstanding, m_most_waiting;
  std::deque<lane> m_lanes; ///< deque: channels do not move
  std::vector<accepted> m_accepted;
  std::vector<cycle> m_due; ///< by lane: next command
  std::vector<std::size_t> m_touched;
  std::vector<served> m_served;
  std::vector<check_traffic::burst> m_extra;
  std::priority_queue<cycle, std::vector<cycle>, std::greater<>> m_ends; ///< of data, where they are waited for
  std::uint64_t m_issued = 0, m_waiting = 0, m_in_flight = 0;
  cycle m_now = 0, m_last = 0;
  load_result m_result;
};

} // namespace

load_result load_test(const dram_config& c, const access_sequence& accesses, std::uint64_t requests,
                      std::uint64_t outstanding) {
  return load(c, accesses, requests, outstanding).run();
}

} // namespace strata::dram
