// SPDX-License-Identifier: Apache-2.0
// Configuration of a DRAM memory: organisation, datasheet timings, controller policies and energies. Both fidelities
// read the same one. Kernel-free.
#pragma once

#include "models/base/femtoseconds.hpp"
#include "models/base/parameter.hpp"
#include "models/dram/timing.hpp"

#include <cstdint>
#include <string>

namespace strata::dram {

using namespace base::literals;

enum class fidelity_kind { burst, stream };
enum class refresh_kind { none, all_bank, per_bank, same_bank };
enum class scheduler_kind { fr_fcfs, fcfs };
enum class page_kind { open, closed, adaptive };
enum class ecc_kind { none, on_die, sideband, in_line };

/// Defaults: one HBM3-6400 pseudo channel.
struct dram_config {
  fidelity_kind fidelity = fidelity_kind::stream;
  base::bytes capacity = "256 MiB"_q;
  unsigned ports = 1;
  unsigned queue_depth = 256; ///< requests that a port accepts before it holds the next one back
  bool store_data = false;
  std::string level = "dram";

  unsigned channels = 1;
  unsigned pseudo_channels = 1;
  unsigned ranks = 1;
  unsigned bank_groups = 4;
  unsigned banks_per_group = 4;
  base::bytes row_bytes = "1 KiB"_q;
  unsigned bus_bits = 32;
  base::frequency data_rate = "6.4 GHz"_q;
  base::byte_rate bandwidth; ///< 0, or the peak that replaces what data_rate gives
  unsigned transfers_per_clock = 4;
  unsigned burst_length = 8;
  std::string mapping = "row bank column bank_group channel";
  bool bank_hash = true;

  timing_value t_cl{0, 12.5e-9}, t_cwl{0, 6.25e-9};
  timing_value t_rcd_read{0, 19.375e-9}, t_rcd_write{0, 9.375e-9};
  timing_value t_rp{0, 16.25e-9}, t_ras{0, 28.125e-9}, t_rc{0, 45e-9};
  timing_value t_ccd_s{2, 0}, t_ccd_l{4, 0};
  timing_value t_rrd_s{4, 0}, t_rrd_l{5, 0}, t_faw{0, 15e-9};
  timing_value t_rtp{0, 5.625e-9}, t_wr{0, 20.625e-9};
  timing_value t_wtr_s{0, 4.375e-9}, t_wtr_l{0, 6.25e-9};
  timing_value t_rtw{0, 12.5e-9};
  timing_value t_rtrs{0, 2.5e-9};
  timing_value t_refi{0, 3.9e-6}, t_rfc{0, 260e-9}, t_rfc_bank{0, 200e-9};
  timing_value t_refi_same_bank{0, 1.95e-6}, t_rfc_same_bank{0, 130e-9}, t_rfc_other_bank{0, 30e-9};

  refresh_kind refresh = refresh_kind::all_bank;
  unsigned refresh_postpone = 0;
  timing_value refresh_idle_wait{0, 100e-9};
  scheduler_kind scheduler = scheduler_kind::fr_fcfs;
  page_kind page_policy = page_kind::open;
  unsigned page_counter_bits = 2;
  unsigned read_queue = 32, write_queue = 32; ///< bursts, per pseudo channel
  double write_high = 0.8, write_low = 0.2;   ///< of write_queue
  unsigned starvation_cap = 256;
  ecc_kind ecc = ecc_kind::none;
  double ecc_overhead = 0.125;                ///< check bits per data bit
  unsigned ecc_word = 16;                     ///< bytes of a code word
  unsigned ecc_cache = 16;                    ///< bursts of check words, per pseudo channel
  double corrected_error_rate = 0, uncorrected_error_rate = 0; ///< per bit read
  base::duration correction_latency;
  std::uint64_t error_seed = 1;
  bool separate_row_bus = true;
  bool symmetry = true;
  base::duration controller_latency;

  base::energy activate_energy, refresh_energy;
  base::energy_per_bit read_energy, write_energy, controller_energy;
  base::power static_power;

  void parameters(base::parameter_list& p);
  /// Throws base::input_error naming every parameter that does not fit the others.
  void validate() const;

  unsigned lanes() const { return channels * pseudo_channels; } ///< independent (pseudo) channels
  unsigned banks_per_rank() const { return bank_groups * banks_per_group; }
  unsigned banks() const { return ranks * banks_per_rank(); } ///< of a pseudo channel
  std::uint64_t burst_bytes() const { return std::uint64_t{bus_bits} * burst_length / 8; }
  std::uint64_t bursts_per_row() const { return static_cast<std::uint64_t>(row_bytes.value()) / burst_bytes(); }
  /// Addressable bytes: what in-line check words leave.
  std::uint64_t capacity_bytes() const;
  /// Data bursts that a burst of in-line check words covers; 0 without.
  std::uint64_t bursts_per_check() const {
    return ecc == ecc_kind::in_line ? static_cast<std::uint64_t>(1 / ecc_overhead + 0.5) : 0;
  }
  /// Rows of a bank, from the capacity.
  std::uint64_t rows() const;
  /// Command clock.
  base::femtoseconds clock_period() const {
    return static_cast<base::femtoseconds>(1e15 * transfers_per_clock / transfer_rate() + 0.5);
  }
  /// Bytes per second with every data pin busy.
  double peak_bandwidth() const {
    return bandwidth.value() > 0 ? bandwidth.value() : bus_bytes() * data_rate.value();
  }
  /// Transfers per second on a data pin.
  double transfer_rate() const { return bandwidth.value() > 0 ? bandwidth.value() / bus_bytes() : data_rate.value(); }
  double bus_bytes() const { return lanes() * (bus_bits / 8.0); } ///< moved by one transfer on all channels
};

} // namespace strata::dram
