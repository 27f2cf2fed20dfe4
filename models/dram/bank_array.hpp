// SPDX-License-Identifier: Apache-2.0
// The banks of one (pseudo) channel as the device sees them: open rows and the earliest cycle at which each command
// keeps every timing constraint. Knows no queues and no policy. Kernel-free.
#pragma once

#include "models/dram/timing.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

namespace strata::dram {

enum class bank_index : std::uint32_t {};  ///< bank of a channel, bank group in the upper digits
enum class row_index : std::int64_t {};
constexpr row_index no_row{-1};

enum class command : std::uint8_t { activate, precharge, precharge_all, read, write, refresh_all, refresh_bank };

/// A command as it went out.
struct command_record {
  cycle at;
  command what;
  bank_index bank;
  row_index row;
};

class bank_array {
public:
  bank_array(const timing& t, unsigned bank_groups, unsigned banks_per_group);

  unsigned size() const { return static_cast<unsigned>(m_banks.size()); }
  row_index open_row(bank_index b) const { return at(b).row; }
  bool all_closed() const { return m_open == 0; }
  std::uint64_t open_banks() const { return m_open; } ///< one bit each

  /// First cycle at which the command keeps all constraints, whatever row is open.
  cycle activate_from(bank_index b) const {
    const bank& k = at(b);
    return std::max({k.activate, m_groups[k.group].activate, m_activate, m_window[m_oldest]});
  }
  cycle precharge_from(bank_index b) const { return at(b).precharge; }
  cycle column_from(bank_index b, bool write) const {
    const bank& k = at(b);
    const group& g = m_groups[k.group];
    return write ? std::max({k.write, g.write, m_write}) : std::max({k.read, g.read, m_read});
  }
  cycle precharge_all_from() const;
  cycle refresh_all_from() const;
  /// Lower bound of column_from over all banks.
  cycle any_column_from(bool write) const { return write ? m_write : m_read; }

  void activate(cycle t, bank_index b, row_index row);
  void precharge(cycle t, bank_index b);
  /// Reads or writes a burst; `close` precharges by itself as soon as allowed.
  void column(cycle t, bank_index b, bool write, bool close);
  void precharge_all(cycle t);
  void refresh_all(cycle t);
  void refresh_bank(cycle t, bank_index b);

private:
  struct bank {
    row_index row = no_row;
    unsigned group = 0;
    cycle activate = 0, precharge = 0, read = 0, write = 0;
  };
  struct group {
    cycle activate = 0, read = 0, write = 0;
  };
  const bank& at(bank_index b) const { return m_banks[static_cast<std::size_t>(b)]; }
  bank& at(bank_index b) { return m_banks[static_cast<std::size_t>(b)]; }
  void note_activate(cycle t, bank& b);
  static std::uint64_t bit(bank_index b) { return std::uint64_t{1} << static_cast<unsigned>(b); }

  const timing& m_t;
  std::vector<bank> m_banks;
  std::vector<group> m_groups;
  std::uint64_t m_open = 0;
  cycle m_activate = 0, m_read = 0, m_write = 0; ///< whole channel
  std::array<cycle, 4> m_window{};               ///< first cycle after each of the last four activates' windows
  unsigned m_oldest = 0;
};

} // namespace strata::dram
