// SPDX-License-Identifier: Apache-2.0
// Watches the commands of one DRAM channel and says which datasheet rule a command breaks. It remembers when things
// happened and looks back, where the model keeps what is allowed next; the two share only the numbers. Constant work
// per command: the latest command of a kind is the one that binds.
#pragma once

#include "models/dram/bank_array.hpp"
#include "models/dram/config.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace strata::dram {

enum class rule : std::uint8_t {
  time_order, command_bus, bank_state, open_row, data_bus,
  t_rcd, t_ras, t_rp, t_rc, t_ccd_s, t_ccd_l, t_rrd_s, t_rrd_l, t_faw, t_rtp, t_wr, t_wtr_s, t_wtr_l, t_rtw, t_rfc, t_refsbrd,
};
constexpr std::size_t rule_count = static_cast<std::size_t>(rule::t_refsbrd) + 1;
const char* to_text(rule r);

class command_checker {
public:
  command_checker(const dram_config& organisation, const timing& t);

  /// Commands in order of time.
  void check(const command_record& r);

  struct violation {
    rule what;
    cycle at;
    std::uint64_t command; ///< number, from 0
  };
  /// The first hundred.
  const std::vector<violation>& broken() const { return m_broken; }
  std::string report() const;
  std::uint64_t commands() const { return m_commands; }
  /// Commands that came at the first cycle at which `r` allowed them; the number of the first of those.
  std::uint64_t met_exactly(rule r) const { return m_exact[static_cast<std::size_t>(r)].times; }
  std::uint64_t first_met_exactly(rule r) const { return m_exact[static_cast<std::size_t>(r)].first; }
  /// Longest time that a bank has been without refresh, up to the latest command, in cycles.
  cycle longest_without_refresh() const;

private:
  using instant = std::int64_t;
  static constexpr instant long_ago = -(instant{1} << 40);
  struct last {
    instant activate = long_ago, read = long_ago, write = long_ago;
  };
  struct bank_history : last {
    bool open = false;
    row_index row = no_row;
    instant closed = long_ago; ///< when its precharge began
    instant refreshed = long_ago;
  };
  struct rank_history : last {
    std::array<instant, 4> activates{long_ago, long_ago, long_ago, long_ago}; ///< the latest four
    std::size_t oldest = 0;
    instant same_bank_refresh = long_ago;
  };
  void need(bool kept, rule r);
  void since(instant then, cycle distance, rule r);
  void precharge(bank_history& b);
  void enter_window(rank_history& rank);
  void rows_begin(bank_history& b, last& group, rank_history& rank);
  void column(const command_record& r, bank_history& b, last& group, rank_history& rank);
  void refresh(bank_history& b);

  const timing m_t;
  const unsigned m_banks_per_group, m_banks_per_rank;
  const bool m_two_buses;
  std::vector<bank_history> m_banks;
  std::vector<last> m_groups;
  std::vector<rank_history> m_ranks;
  const rank_history* m_data_rank = nullptr;
  instant m_now = 0, m_row_bus = long_ago, m_column_bus = long_ago, m_data_end = long_ago, m_longest_gap = 0;
  std::uint64_t m_commands = 0;
  struct exact {
    std::uint64_t times = 0, first = 0;
  };
  std::array<exact, rule_count> m_exact;
  std::vector<violation> m_broken;
};

} // namespace strata::dram
