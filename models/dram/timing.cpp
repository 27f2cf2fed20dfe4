// SPDX-License-Identifier: Apache-2.0
// Reading datasheet timings and converting them to cycles of a configuration's command clock.
#include "models/dram/timing.hpp"

#include "models/base/quantity.hpp"
#include "models/dram/config.hpp"

#include <cmath>

namespace strata::dram {

namespace {

void read_term(std::string text, timing_value& into) {
  const auto first = text.find_first_not_of(' ');
  text = first == std::string::npos ? "" : text.substr(first, text.find_last_not_of(' ') - first + 1);
  const bool clocks = text.size() > 2 && text.compare(text.size() - 2, 2, "ck") == 0;
  const double value = clocks ? base::parse_as(text.substr(0, text.size() - 2), {})
                              : base::parse<base::duration>(text).value();
  if (value < 0)
    throw base::unit_error("'" + text + "' is negative, expected a time >= 0");
  (clocks ? into.clocks : into.seconds) = value;
}

} // namespace

timing_value timing_value::parse(const std::string& text) {
  timing_value t;
  if (text.rfind("max(", 0) != 0) {
    read_term(text, t);
    return t;
  }
  const auto comma = text.find(',');
  if (comma == std::string::npos || text.back() != ')')
    throw base::unit_error("'" + text + "' is not a timing, expected e.g. '13.75 ns', '4 ck' or 'max(4 ck, 5 ns)'");
  read_term(text.substr(4, comma - 4), t);
  read_term(text.substr(comma + 1, text.size() - comma - 2), t);
  return t;
}

std::string to_text(const timing_value& t) {
  const std::string clocks = base::to_text(t.clocks, {}) + " ck";
  const std::string time = base::to_text(base::duration::of(t.seconds));
  if (t.clocks > 0 && t.seconds > 0)
    return "max(" + clocks + ", " + time + ")";
  return t.clocks > 0 ? clocks : time;
}

cycle timing_value::cycles(double period_s) const {
  const double exact = std::max(clocks, seconds / period_s);
  return exact <= 0.01 ? 0 : static_cast<cycle>(std::ceil(exact - 0.01));
}

timing::timing(const dram_config& c) {
  const double period = base::to_seconds(c.clock_period());
  const auto in_cycles = [period](const timing_value& t) { return t.cycles(period); };
  burst = c.burst_length / c.transfers_per_clock;
  cl = in_cycles(c.t_cl);
  cwl = in_cycles(c.t_cwl);
  rcd_read = in_cycles(c.t_rcd_read);
  rcd_write = in_cycles(c.t_rcd_write);
  rp = in_cycles(c.t_rp);
  ras = in_cycles(c.t_ras);
  rc = std::max(in_cycles(c.t_rc), ras + rp);
  ccd_s = std::max(in_cycles(c.t_ccd_s), burst);
  ccd_l = std::max(in_cycles(c.t_ccd_l), ccd_s);
  rrd_s = in_cycles(c.t_rrd_s);
  rrd_l = std::max(in_cycles(c.t_rrd_l), rrd_s);
  faw = in_cycles(c.t_faw);
  rtp = in_cycles(c.t_rtp);
  wr = in_cycles(c.t_wr);
  wtr_s = in_cycles(c.t_wtr_s);
  wtr_l = std::max(in_cycles(c.t_wtr_l), wtr_s);
  rtw = std::max(in_cycles(c.t_rtw), read_end() > cwl ? read_end() - cwl : 0);
  rank_gap = burst + in_cycles(c.t_rtrs);
  rank_wtr = cwl + rank_gap > cl ? cwl + rank_gap - cl : 1;
  rank_rtw = cl + rank_gap > cwl ? cl + rank_gap - cwl : 1;
  const bool same_bank = c.refresh == refresh_kind::same_bank;
  refresh_units = c.refresh == refresh_kind::per_bank ? c.banks() : same_bank ? c.ranks * c.banks_per_group : c.ranks;
  refi = c.refresh == refresh_kind::none ? 0 : in_cycles(same_bank ? c.t_refi_same_bank : c.t_refi) / refresh_units;
  rfc = in_cycles(c.refresh == refresh_kind::per_bank ? c.t_rfc_bank : same_bank ? c.t_rfc_same_bank : c.t_rfc);
  rfc_other = in_cycles(c.t_rfc_other_bank);
  refresh_idle_wait = in_cycles(c.refresh_idle_wait);
}

} // namespace strata::dram
