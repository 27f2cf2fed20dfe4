// SPDX-License-Identifier: Apache-2.0
// Whose refresh comes next and when: due on average, put off or done ahead within a budget. Kernel-free.
#pragma once

#include "models/dram/timing.hpp"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace strata::dram {

struct dram_config;

/// The banks are refreshed in turn, one unit (a rank, a bank, or the same bank of every group) per command.
class refresh_schedule {
public:
  refresh_schedule(const dram_config& c, const timing& t);

  /// Banks of the next refresh, one bit each.
  std::uint64_t banks() const { return m_units[m_turn].banks; }
  /// When the next refresh is done if nobody wants its banks; never_cycle where there is none.
  cycle due() const { return std::min(m_due, m_latest); }
  /// From here on it may be done ahead.
  cycle earliest() const { return m_due - std::min(m_due, m_budget); }
  /// It must not be put off any longer: no bank goes without for more than (refresh_postpone + 1) intervals.
  cycle latest() const { return m_latest; }
  /// A refresh can be put off and done ahead.
  bool flexible() const { return m_budget > 0; }

  /// The next refresh went out at `at`.
  void done(cycle at);
  /// Every refresh was done when it could first be, for as many whole rounds as leave one before `now`.
  void skip_rounds(cycle now);

private:
  struct unit {
    std::uint64_t banks;
    cycle last = 0; ///< refresh
  };
  void set_latest();

  std::vector<unit> m_units;
  std::size_t m_turn = 0;
  cycle m_interval, m_round; ///< between refreshes of a channel; of one bank
  cycle m_budget;            ///< before and after m_due
  cycle m_reserve;           ///< what it takes at most to get a busy unit ready
  cycle m_due;               ///< nominal instant of the next refresh
  cycle m_latest;
};

} // namespace strata::dram
