// SPDX-License-Identifier: Apache-2.0
// Declaration of the DRAM parameters and the checks that involve several of them.
#include "models/dram/config.hpp"

#include "models/base/diagnostic.hpp"
#include "models/dram/address_mapping.hpp"

#include <cmath>

namespace strata::dram {

namespace {
bool power_of_two(std::uint64_t n) { return n != 0 && (n & (n - 1)) == 0; }
} // namespace

std::uint64_t dram_config::rows() const {
  const std::uint64_t row_slice = static_cast<std::uint64_t>(row_bytes.value()) * banks() * lanes();
  return (static_cast<std::uint64_t>(capacity.value()) + row_slice - 1) / row_slice;
}

std::uint64_t dram_config::capacity_bytes() const {
  const auto installed = static_cast<std::uint64_t>(capacity.value());
  const std::uint64_t data = bursts_per_check();
  if (data == 0)
    return installed;
  const std::uint64_t slice = burst_bytes() * lanes() * data; // whole bursts of check words in every channel
  return installed / (slice / data * (data + 1)) * slice;
}

void dram_config::parameters(base::parameter_list& p) {
  using base::any_value;
  using base::between;
  using base::fraction;
  using base::non_negative;
  using base::positive;
  p.add_choice("fidelity", fidelity, {{"burst", fidelity_kind::burst}, {"stream", fidelity_kind::stream}},
               "burst: every burst timed by bank state machines; stream: flows at the efficiency that bursts show");
  p.add("capacity", capacity, positive(), "installed bytes, all addressable but for in-line check words");
  p.add("ports", ports, between(1, 1024), "number of target sockets");
  p.add("queue_depth", queue_depth, between(1, 65536), "requests that a port accepts before it holds the next one back");
  p.add("store_data", store_data, "keep written data and grant DMI");
  p.add("level", level, "energy level that the meters report under");

  p.add("channels", channels, between(1, 4096), "channels of the whole memory");
  p.add("pseudo_channels", pseudo_channels, between(1, 4), "independent pseudo channels in a channel");
  p.add("ranks", ranks, between(1, 16), "ranks on a pseudo channel, a power of two");
  p.add("bank_groups", bank_groups, between(1, 16), "bank groups in a rank, a power of two");
  p.add("banks_per_group", banks_per_group, between(1, 64), "banks in a group, a power of two; at most 64 banks on a pseudo channel");
  p.add("row_bytes", row_bytes, positive(), "page of one bank of a pseudo channel, a power of two");
  p.add("bus_bits", bus_bits, between(8, 1024), "data bits of a pseudo channel, ECC not counted");
  p.add("data_rate", data_rate, positive(), "transfers per second on a data pin");
  p.add("bandwidth", bandwidth, non_negative(),
        "peak bandwidth of all channels; the data rate follows from it, timings in time stay; 0 = from data_rate");
  p.add("transfers_per_clock", transfers_per_clock, between(1, 16), "transfers per cycle of the command clock");
  p.add("burst_length", burst_length, between(2, 64), "transfers of one burst");
  p.add("mapping", mapping, "address fields from the top: row first, then bank, bank_group, column (each may be split, "
                            "e.g. column:2 for two bits), channel (pseudo channels included) and, where there are several, rank");

  p.add("bank_hash", bank_hash, "bank number XOR folded row number, so that aligned streams do not meet in one bank");

  const std::string unit = "time: '13.75 ns', '4 ck' or 'max(4 ck, 5 ns)'";
  p.add_parsed("t_cl", t_cl, unit, "read command to first data");
  p.add_parsed("t_cwl", t_cwl, unit, "write command to first data");
  p.add_parsed("t_rcd_read", t_rcd_read, unit, "activate to read");
  p.add_parsed("t_rcd_write", t_rcd_write, unit, "activate to write");
  p.add_parsed("t_rp", t_rp, unit, "precharge to activate");
  p.add_parsed("t_ras", t_ras, unit, "activate to precharge");
  p.add_parsed("t_rc", t_rc, unit, "activate to activate of one bank");
  p.add_parsed("t_ccd_s", t_ccd_s, unit, "column to column, other bank group");
  p.add_parsed("t_ccd_l", t_ccd_l, unit, "column to column, same bank group");
  p.add_parsed("t_rrd_s", t_rrd_s, unit, "activate to activate, other bank group");
  p.add_parsed("t_rrd_l", t_rrd_l, unit, "activate to activate, same bank group");
  p.add_parsed("t_faw", t_faw, unit, "window of at most four activates");
  p.add_parsed("t_rtp", t_rtp, unit, "read to precharge");
  p.add_parsed("t_wr", t_wr, unit, "end of write data to precharge");
  p.add_parsed("t_wtr_s", t_wtr_s, unit, "end of write data to read, other bank group");
  p.add_parsed("t_wtr_l", t_wtr_l, unit, "end of write data to read, same bank group");
  p.add_parsed("t_rtw", t_rtw, unit, "read command to write command");
  p.add_parsed("t_rtrs", t_rtrs, unit, "gap on the data bus between bursts of two ranks");
  p.add_parsed("t_refi", t_refi, unit, "average time between refreshes of a bank");
  p.add_parsed("t_rfc", t_rfc, unit, "all-bank refresh to activate");
  p.add_parsed("t_rfc_bank", t_rfc_bank, unit, "per-bank refresh to activate");
  p.add_parsed("t_refi_same_bank", t_refi_same_bank, unit,
               "average time between same-bank refreshes of a bank (DDR5: tREFI2, as each takes half as many rows)");
  p.add_parsed("t_rfc_same_bank", t_rfc_same_bank, unit, "same-bank refresh to activate of the banks it refreshes (tRFCsb)");
  p.add_parsed("t_rfc_other_bank", t_rfc_other_bank, unit, "same-bank refresh to activate of another bank (tREFSBRD)");

  p.add_choice("refresh", refresh,
               {{"none", refresh_kind::none},
                {"all_bank", refresh_kind::all_bank},
                {"per_bank", refresh_kind::per_bank},
                {"same_bank", refresh_kind::same_bank}},
               "what a refresh command takes: all banks of a rank, one bank, or the same bank of every group (DDR5 REFsb)");
  p.add("refresh_postpone", refresh_postpone, between(0, 8),
        "refreshes of a bank that may be put off while it is wanted, and done ahead while the channel is idle (DDR4: 8; "
        "DDR5: 4, with same-bank refresh 8)");
  p.add_parsed("refresh_idle_wait", refresh_idle_wait, unit,
               "idle time after which refreshes are made good or done ahead, with refresh_postpone");
  p.add_choice("scheduler", scheduler, {{"fr_fcfs", scheduler_kind::fr_fcfs}, {"fcfs", scheduler_kind::fcfs}},
               "fr_fcfs: ready row hits first, then the oldest; fcfs: strictly the oldest");
  p.add_choice("page_policy", page_policy,
               {{"open", page_kind::open}, {"closed", page_kind::closed}, {"adaptive", page_kind::adaptive}},
               "after the last queued hit a row stays open, closes, or does what a saturating counter per bank predicts");
  p.add("page_counter_bits", page_counter_bits, between(1, 8),
        "adaptive: bits of the counter, which counts up when the bank's next access is to the same row and down when not");
  p.add("read_queue", read_queue, between(1, 1024), "read bursts that a pseudo channel's scheduler sees");
  p.add("write_queue", write_queue, between(1, 1024), "write bursts that a pseudo channel's scheduler sees");
  p.add("write_high", write_high, fraction(), "share of write_queue that starts a write drain");
  p.add("write_low", write_low, fraction(), "share of write_queue that ends a write drain when reads wait");
  p.add("starvation_cap", starvation_cap, between(1, 1e6), "column commands that may overtake the oldest request");
  p.add_choice("ecc", ecc,
               {{"none", ecc_kind::none},
                {"on_die", ecc_kind::on_die},
                {"sideband", ecc_kind::sideband},
                {"inline", ecc_kind::in_line}},
               "where check bits are: in the device beside the data, in devices and pins of their own, or in the same rows "
               "and bursts as data (a share of capacity and bandwidth)");
  p.add("ecc_overhead", ecc_overhead, between(0.015625, 1),
        "check bits per data bit (DDR5 on-die 0.0625, DDR4 DIMM 0.125, DDR5 DIMM 0.25); inline: 1 / a whole number");
  p.add("ecc_word", ecc_word, between(1, 4096), "bytes of a code word, a power of two; what an error spoils");
  p.add("ecc_cache", ecc_cache, between(1, 1024), "inline: bursts of check words that a pseudo channel's controller keeps");
  p.add("corrected_error_rate", corrected_error_rate, fraction(), "errors that ECC corrects, per bit read");
  p.add("uncorrected_error_rate", uncorrected_error_rate, fraction(), "errors beyond correction, per bit read");
  p.add("correction_latency", correction_latency, non_negative(), "what each corrected error adds to an access");
  p.add("error_seed", error_seed, any_value(), "of the bits at which errors occur");
  p.add("separate_row_bus", separate_row_bus, "row and column commands have a bus each (HBM)");
  p.add("symmetry", symmetry, "a transfer over all channels is simulated on one of them");
  p.add("controller_latency", controller_latency, non_negative(), "controller and PHY, both ways");

  p.add("activate_energy", activate_energy, non_negative(), "one activate and precharge");
  p.add("refresh_energy", refresh_energy, non_negative(), "one all-bank refresh of a rank of a pseudo channel; other kinds take the same energy a row");
  p.add("read_energy", read_energy, non_negative(), "device, array to pins");
  p.add("write_energy", write_energy, non_negative(), "device, pins to array");
  p.add("controller_energy", controller_energy, non_negative(), "controller, PHY and on-die movement at the host");
  p.add("static_power", static_power, non_negative(), "background power of the whole memory, refresh excluded");
}

void dram_config::validate() const {
  base::diagnostics problems;
  const auto need = [&problems](bool ok, const std::string& message) {
    if (!ok)
      problems.add({}, message);
  };
  need(power_of_two(bank_groups), "bank_groups: " + std::to_string(bank_groups) + " is not a power of two");
  need(power_of_two(banks_per_group), "banks_per_group: " + std::to_string(banks_per_group) + " is not a power of two");
  need(power_of_two(ranks), "ranks: " + std::to_string(ranks) + " is not a power of two");
  need(banks() <= 64, "ranks x bank_groups x banks_per_group: " + std::to_string(banks()) + " banks, expected at most 64");
  need(burst_length % transfers_per_clock == 0,
       "burst_length: " + std::to_string(burst_length) + " is not a multiple of transfers_per_clock");
  need(power_of_two(burst_bytes()), "bus_bits x burst_length: a burst is not a power of two of bytes");
  need(power_of_two(static_cast<std::uint64_t>(row_bytes.value())) && row_bytes.value() >= static_cast<double>(burst_bytes()),
       "row_bytes: expected a power of two and at least one burst");
  need(power_of_two(ecc_word), "ecc_word: " + std::to_string(ecc_word) + " is not a power of two");
  need(bursts_per_check() == 0 || std::abs(ecc_overhead * static_cast<double>(bursts_per_check()) - 1) < 1e-6,
       "ecc_overhead: expected 1 / a whole number with inline ecc");
  need(ecc != ecc_kind::none || (corrected_error_rate == 0 && uncorrected_error_rate == 0),
       "corrected_error_rate, uncorrected_error_rate: nothing finds errors without ecc, expected 0");
  need(write_low <= write_high, "write_low: expected at most write_high");
  problems.throw_if_any();
  const timing t(*this);
  const cycle interval = refresh == refresh_kind::per_bank ? t.refi * t.refresh_units : t.refi; // those of single banks overlap
  need(t.refi == 0 || interval > t.rfc + t.rp,
       std::string(refresh == refresh_kind::same_bank ? "t_refi_same_bank" : "t_refi") +
           ": commands fall due faster than a refresh and t_rp take, expected more time between them");
  problems.throw_if_any();
  address_mapping{*this};
}

} // namespace strata::dram
