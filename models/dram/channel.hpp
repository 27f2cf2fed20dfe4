// SPDX-License-Identifier: Apache-2.0
// Scheduler of one (pseudo) channel: read and write queues, FR-FCFS or FCFS, write drain, page policy, refresh. Decides
// the next command and its cycle in one pass, so that time never steps through empty cycles. Kernel-free.
#pragma once

#include "models/dram/bank_array.hpp"
#include "models/dram/page_policy.hpp"
#include "models/dram/refresh_schedule.hpp"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace strata::dram {

/// One burst waiting for service; `tag` is the caller's.
struct request {
  std::uint32_t tag;
  bank_index bank;
  row_index row;
};

/// What a command did for a request.
struct served {
  std::uint32_t tag;
  bool activate;  ///< an activate on its behalf; else its data is through
  cycle at;       ///< of the activate command, or of the end of the data
};

class channel {
public:
  channel(const dram_config& c, const timing& t);
  channel(const channel&) = delete;
  channel& operator=(const channel&) = delete;

  bool has_room(bool write) const { return m_queue[write].size() < m_depth[write]; }
  bool idle() const { return m_queue[0].empty() && m_queue[1].empty(); }
  /// Queues a burst at `now`, not before any earlier instant given. Needs has_room(write).
  void push(cycle now, bool write, const request& r);
  /// Cycle of the next command or refresh deadline; never_cycle when idle.
  cycle next();
  /// Issues everything due by `now` and appends what it did.
  void advance(cycle now, std::vector<served>& done);

  /// Every command from here on is also appended to `log`, in order of issue; nullptr ends that.
  void record_to(std::vector<command_record>* log) { m_log = log; }

private:
  struct choice {
    cycle at = never_cycle;
    command what = command::read;
    bank_index bank{};
    std::size_t entry = 0; ///< in the active queue; not for refresh and its precharges
  };
  void decide(cycle horizon);
  cycle first() const; ///< of what is decided
  void choose_direction();
  choice best_column() const;
  choice best_row() const;
  choice refresh_step(cycle from) const;
  void issue_column(std::vector<served>& done);
  void issue_row(std::vector<served>& done);
  void issue_refresh(const choice& c);
  cycle refresh_at() const;
  void begin_refresh();
  void recount(bank_index b);
  void catch_up(cycle now);
  void take_bus(cycle& bus, cycle at);
  bool only_oldest() const { return m_fcfs || m_overtaken >= m_starvation_cap; } ///< nothing else may be served
  std::size_t oldest(std::uint64_t banks, bool hit) const;
  void mark(bool write, bank_index b);
  cycle column_floor() const { return std::max({m_now, m_column_bus, m_banks.any_column_from(m_writing)}); }
  cycle row_floor() const { return std::max(m_now, m_row_bus); }
  void log(const choice& c, row_index row) {
    if (m_log)
      m_log->push_back({c.at, c.what, c.bank, row});
  }

  const timing& m_t;
  bank_array m_banks;
  std::vector<request> m_queue[2];          ///< reads, writes; oldest first
  struct bank_queue {
    unsigned waiting = 0, hits = 0;         ///< requests; those for the open row
  };
  std::vector<bank_queue> m_bank[2];
  std::uint64_t m_hit_banks[2] = {0, 0}, m_miss_banks[2] = {0, 0}; ///< one bit each: some request hits, misses its row
  std::size_t m_depth[2], m_write_high, m_write_low;
  bool m_fcfs, m_separate_row_bus;
  page_policy m_page;
  unsigned m_starvation_cap;

  bool m_writing = false;
  bool m_stale = true;                      ///< direction and choices are out of date
  unsigned m_overtaken = 0;                 ///< column commands since the oldest request of the active queue became so
  unsigned m_waited = 0;                    ///< column commands of this turn while the other direction waited
  bool m_cut_short = false;                 ///< the last drain starved the reads: these have a full turn now
  std::size_t m_drain_to = 0;               ///< write queue length at which reads have their turn again
  choice m_column, m_row;                   ///< `never` also where only known to lie beyond the horizon asked for
  bool m_column_known = false, m_row_known = false;
  cycle m_now = 0;
  cycle m_column_bus = 0, m_row_bus = 0;    ///< first free cycle
  const refresh_kind m_refresh_kind;
  refresh_schedule m_refresh;
  std::uint64_t m_all_banks;                ///< one bit each
  std::uint64_t m_refreshing = 0;           ///< banks that accept nothing else until their refresh is out
  std::vector<command_record>* m_log = nullptr;
};

} // namespace strata::dram
