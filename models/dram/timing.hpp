// SPDX-License-Identifier: Apache-2.0
// Timing of a DRAM channel in whole command-clock cycles, and the text form in which datasheets give it.
// Kernel-free.
#pragma once

#include <cstdint>
#include <string>

namespace strata::dram {

struct dram_config;

using cycle = std::uint64_t;
constexpr cycle never_cycle = ~cycle{0};

/// A datasheet timing: "13.75 ns", "4 ck", or "max(4 ck, 5 ns)".
struct timing_value {
  double clocks = 0;
  double seconds = 0;
  /// Throws base::unit_error.
  static timing_value parse(const std::string& text);
  /// Whole cycles of `period_s` seconds. Rounds up, forgiving 1 % of a clock, as datasheet values are themselves rounded.
  cycle cycles(double period_s) const;
};
std::string to_text(const timing_value& t);

/// Everything in cycles of the command clock; minimum distances between commands.
struct timing {
  explicit timing(const dram_config& c);

  cycle burst;                   ///< data bus time of one burst
  cycle cl, cwl;                 ///< column command to first data
  cycle rcd_read, rcd_write;     ///< activate to column command
  cycle rp, ras, rc;             ///< precharge to activate, activate to precharge, activate to activate of one bank
  cycle ccd_s, ccd_l;            ///< column to column of one direction: other / same bank group
  cycle rrd_s, rrd_l, faw;       ///< activate to activate: other / same bank group; five activates
  cycle rtp, wr;                 ///< read to precharge; end of write data to precharge
  cycle wtr_s, wtr_l;            ///< end of write data to read: other / same bank group
  cycle rtw;                     ///< read command to write command
  cycle rank_gap;                ///< column to column of one direction, other rank
  cycle rank_wtr, rank_rtw;      ///< write to read, read to write command, other rank
  cycle refi;                    ///< between refresh commands of a channel; 0 = no refresh
  unsigned refresh_units;        ///< refresh commands until every bank has had one
  cycle rfc;                     ///< refresh command to activate of the banks it refreshes
  cycle rfc_other;               ///< same-bank refresh to activate of the other banks
  cycle refresh_idle_wait;

  /// Write command to the end of its data.
  cycle write_end() const { return cwl + burst; }
  /// Read command to the end of its data.
  cycle read_end() const { return cl + burst; }
};

} // namespace strata::dram
