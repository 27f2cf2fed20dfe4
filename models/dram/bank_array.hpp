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

enum class bank_index : std::uint32_t {};  ///< bank of a channel: rank in the upper digits, then bank group
enum class row_index : std::int64_t {};
constexpr row_index no_row{-1};

enum class command : std::uint8_t {
  activate,
  precharge,
  precharge_all,       ///< of a rank
  precharge_same_bank, ///< in every group of a rank
  read,
  write,
  refresh_all,
  refresh_bank,
  refresh_same_bank,
};

/// A command as it went out; `bank` is the first of those concerned.
struct command_record {
  cycle at;
  command what;
  bank_index bank;
  row_index row;
};

class bank_array {
public:
  /// All three numbers are powers of two.
  bank_array(const timing& t, unsigned bank_groups, unsigned banks_per_group, unsigned ranks = 1);

  unsigned size() const { return static_cast<unsigned>(m_banks.size()); }
  row_index open_row(bank_index b) const { return at(b).row; }
  std::uint64_t open_banks() const { return m_open; } ///< one bit each

  /// First cycle at which the command keeps all constraints, whatever row is open.
  cycle activate_from(bank_index b) const {
    const bank& k = at(b);
    return std::max(k.activate, m_groups[k.group].activate);
  }
  cycle precharge_from(bank_index b) const { return at(b).precharge; }
  cycle column_from(bank_index b, bool write) const {
    const bank& k = at(b);
    const group& g = m_groups[k.group];
    return write ? std::max({k.write, g.write, m_write}) : std::max({k.read, g.read, m_read});
  }
  /// Of those open among `banks` (a bit each), all at once.
  cycle precharge_from(std::uint64_t banks) const;
  /// Of `banks`, all of them closed, by one all-bank or same-bank command.
  cycle refresh_all_from(std::uint64_t banks) const;
  cycle refresh_same_bank_from(std::uint64_t banks) const;
  /// Lower bound of column_from over all banks.
  cycle any_column_from(bool write) const { return write ? m_write : m_read; }

  void activate(cycle t, bank_index b, row_index row);
  void precharge(cycle t, bank_index b);
  /// Reads or writes a burst; `close` precharges by itself as soon as allowed.
  void column(cycle t, bank_index b, bool write, bool close);
  void precharge(cycle t, std::uint64_t banks);
  void refresh_all(cycle t, std::uint64_t banks);
  void refresh_bank(cycle t, bank_index b);
  void refresh_same_bank(cycle t, std::uint64_t banks);

private:
  struct bank {
    row_index row = no_row;
    unsigned group = 0;
    cycle activate = 0, precharge = 0, read = 0, write = 0;
  };
  struct group { ///< what the group or its rank allows
    cycle activate = 0, read = 0, write = 0;
  };
  struct rank {
    std::array<cycle, 4> window{}; ///< first cycle after each of the last four activates' windows
    unsigned oldest = 0;
    cycle refresh = 0;             ///< by another same-bank command
  };
  const bank& at(bank_index b) const { return m_banks[static_cast<std::size_t>(b)]; }
  bank& at(bank_index b) { return m_banks[static_cast<std::size_t>(b)]; }
  unsigned rank_of(const bank& b) const { return b.group >> m_group_bits; }
  void note_activate(cycle t, bank& b);
  void hold_activates(cycle t, unsigned number, cycle gap);
  void pass_bus(cycle t, unsigned number, bool was_write, cycle read, cycle write);
  static std::uint64_t bit(bank_index b) { return std::uint64_t{1} << static_cast<unsigned>(b); }

  const timing& m_t;
  std::vector<bank> m_banks;
  std::vector<group> m_groups;
  std::uint64_t m_open = 0;
  std::vector<rank> m_ranks;
  cycle m_read = 0, m_write = 0; ///< whole channel
  unsigned m_group_bits; ///< of a bank group's number in its rank
};

} // namespace strata::dram
