// SPDX-License-Identifier: Apache-2.0
// Configuration of a flash drive: planes of NAND behind channels behind a controller.
// Kernel-free.
#pragma once

#include "models/base/parameter.hpp"

#include <cstdint>
#include <string>

namespace strata::flash {

using namespace base::literals;

/// Defaults: a drive with TLC NAND and 16 channels.
struct flash_config {
  base::bytes capacity = "3.84 TB"_q;
  unsigned ports = 1;
  unsigned queue_depth = 256;
  unsigned channels = 16;
  unsigned dies = 4;
  unsigned planes = 4;
  base::bytes page = "16 KiB"_q;
  base::duration read_time = base::duration::of(50e-6);
  base::duration program_time = base::duration::of(500e-6);
  base::byte_rate channel_bandwidth = base::byte_rate::of(2.4e9);
  base::duration controller_latency = base::duration::of(10e-6);
  double write_amplification = 1;
  base::energy_per_bit read_energy, write_energy;
  base::power static_power;
  std::string level = "flash";

  void parameters(base::parameter_list& p);
  std::uint64_t capacity_bytes() const { return static_cast<std::uint64_t>(capacity.value()); }
  double all_planes() const { return double(channels) * dies * planes; }
  /// B/s of the whole drive with every plane and channel at work, whichever is slower.
  double bandwidth(bool write) const;
};

} // namespace strata::flash
