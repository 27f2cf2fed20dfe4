// SPDX-License-Identifier: Apache-2.0
// All channels of a memory at burst level: splits accesses over the channels, feeds the schedulers' queues, and tells
// when each access is done. A transfer over all channels is by symmetry simulated on channel 0. Kernel-free.
#pragma once

#include "models/base/memory_module.hpp"
#include "models/dram/config.hpp"
#include "models/dram/burst_source.hpp"
#include "models/dram/channel.hpp"
#include "models/dram/check_traffic.hpp"

#include <functional>
#include <map>
#include <queue>
#include <vector>

namespace strata::dram {

/// Bursts of an access unit that strided and random streams take at each place.
std::uint64_t unit_bursts(const dram_config& c);

class burst_engine {
public:
  struct finished {
    std::uint64_t id;
    double activates; ///< of all channels together
  };

  explicit burst_engine(const dram_config& c) : burst_engine(c, address_mapping(c)) {}
  /// `mapping` is that of `c`, for those who make many.
  burst_engine(const dram_config& c, const address_mapping& mapping);
  burst_engine(const burst_engine&) = delete;
  burst_engine& operator=(const burst_engine&) = delete;

  void start(base::femtoseconds now, const base::memory_access& access);
  /// No access ends before this instant; `never` when idle.
  base::femtoseconds next() const;
  /// Simulates up to `now` and appends the accesses that have ended, in order of their end.
  void advance(base::femtoseconds now, std::vector<finished>& done);

  /// Bursts transferred and rows activated for access `id`, in progress, channels that are represented included.
  struct work {
    double bursts, activates;
  };
  work done_for(std::uint64_t id) const;
  /// Commands of channel 0, for checkers.
  void record_to(std::vector<command_record>* log) { lane_at(0).scheduler.record_to(log); }

private:
  /// What an access has in one channel.
  struct part {
    std::uint32_t access;
    bool write;
    burst_source source;
    double pace;        ///< cycles between bursts, 0 = as fast as the queue takes them
    cycle first;        ///< arrival of the first burst
    std::uint64_t sent; ///< bursts in the queue or beyond
    unsigned partial;   ///< bursts yet to be read, because only a part of them is written
    cycle arrival() const { return first + static_cast<cycle>(static_cast<double>(sent) * pace); }
  };
  struct lane {
    lane(const dram_config& c, const timing& t) : scheduler(c, t), checks(c) {}
    channel scheduler;
    check_traffic checks;
    std::vector<part> parts;
    std::size_t turn = 0;
    cycle now = 0;
  };
  struct progress {
    std::uint64_t id;
    double represents;          ///< channels that each simulated one stands for
    unsigned parts;             ///< with bursts not yet in a queue
    std::uint64_t queued;
    cycle end;
    double bursts, activates;
  };
  struct ending {
    cycle at;
    std::uint64_t order;
    std::uint32_t access;
    bool operator>(const ending& o) const { return at != o.at ? at > o.at : order > o.order; }
  };
  std::vector<std::pair<unsigned, burst_source>> split(const base::memory_access& a, double& represents);
  std::uint32_t take_slot();
  lane& lane_at(unsigned channel);
  void run(lane& l, cycle until);
  void feed(lane& l);
  void push_extra(lane& l, std::uint32_t access, std::uint64_t local, bool write);
  cycle next_arrival(const lane& l) const;
  base::femtoseconds instant(cycle c) const { return c * m_period + m_latency; }

  const dram_config m_config;
  const timing m_t;
  const address_mapping m_mapping;
  const base::femtoseconds m_period, m_latency;
  std::map<unsigned, lane> m_lanes; ///< by channel, of those that were used
  std::vector<progress> m_accesses;
  std::vector<std::uint32_t> m_free;
  std::priority_queue<ending, std::vector<ending>, std::greater<>> m_endings;
  std::vector<served> m_served;
  std::vector<check_traffic::burst> m_extra;
  std::uint64_t m_started = 0, m_ended = 0;
  unsigned m_draining = 0; ///< accesses whose last bursts are in the queues
};

} // namespace strata::dram
