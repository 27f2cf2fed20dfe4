// SPDX-License-Identifier: Apache-2.0
// Configuration of on-chip SRAM: one tile's banks and data paths, and how many identical tiles a stream spreads over.
// Kernel-free.
#pragma once

#include "models/base/femtoseconds.hpp"
#include "models/base/parameter.hpp"

#include <cstdint>
#include <string>

namespace strata::sram {

using namespace base::literals;

enum class fidelity_kind { burst, stream };

/// Defaults: one 48 KiB core memory of a wafer.
struct sram_config {
  fidelity_kind fidelity = fidelity_kind::stream;
  base::bytes capacity = "48 KiB"_q; ///< of all tiles
  unsigned ports = 1;
  unsigned queue_depth = 256;
  bool store_data = false;
  std::string level = "sram";
  std::uint64_t tiles = 1;
  unsigned banks = 8;
  unsigned word_bits = 32;
  unsigned read_words = 4, write_words = 2;
  base::frequency clock = "0.9 GHz"_q;
  unsigned latency_cycles = 2;
  base::energy_per_bit read_energy, write_energy;
  base::power static_power;

  void parameters(base::parameter_list& p);
  /// Throws base::input_error naming every parameter that does not fit the others.
  void validate() const;
  std::uint64_t capacity_bytes() const { return static_cast<std::uint64_t>(capacity.value()); }
  std::uint64_t word_bytes() const { return word_bits / 8; }
  base::femtoseconds clock_period() const { return static_cast<base::femtoseconds>(1e15 / clock.value() + 0.5); }
  /// Bytes per second of all tiles with every data path of that direction busy.
  double peak_bandwidth(bool write) const {
    return static_cast<double>(tiles * (write ? write_words : read_words) * word_bytes()) * clock.value();
  }
};

} // namespace strata::sram
