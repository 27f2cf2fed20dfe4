// SPDX-License-Identifier: Apache-2.0
// Parameters of a compute core, declared once for every architecture it can be. Kernel-free.
#pragma once

#include "models/base/defect_map.hpp"
#include "models/base/parameter.hpp"
#include "models/core/attention_config.hpp"
#include "models/core/command.hpp"

#include <array>

namespace strata::core {

enum class architecture { tensor, wafer, systolic, scheduled };

struct core_config {
  using duration = base::duration;

  architecture kind = architecture::tensor;
  unsigned units = 132;          ///< streaming multiprocessors, cores, arrays
  base::frequency clock = base::frequency::of(1.755e9);
  /// Peak dense rates; 0 = not supported, products are then formed in the next wider supported type.
  std::array<base::flop_rate, data_type_count> rate{};
  base::flop_rate vector_rate = base::flop_rate::of(60e12);
  std::array<base::energy_per_flop, data_type_count> flop_energy{};
  base::energy_per_flop vector_energy = base::energy_per_flop::of(1e-12);
  double matrix_efficiency = 0.8;
  attention_config attention;
  unsigned scaled_tile = 256;
  unsigned max_split = 32;
  bool stream_k = false;
  unsigned cluster = 2;
  base::byte_rate unit_bandwidth = base::byte_rate::of(60e9);

  duration launch_latency = duration::of(2e-6);
  duration host_launch_latency = duration::of(5e-6);
  duration launch_overlap;
  duration fill_latency = duration::of(0.3e-6);
  duration fp4_step_latency = duration::of(80e-9);
  duration scale_latency;
  duration operand_latency;
  duration memory_ramp;
  duration nccl_launch = duration::of(5.75e-6);
  duration collective_overhead;
  base::byte_rate low_latency_rate = base::byte_rate::of(220e9);

  unsigned array_rows = 128, array_columns = 128;
  unsigned weight_load_cycles = 0; ///< 0 = as many as rows
  unsigned weight_buffers = 2;

  base::bytes core_code; ///< of one core's memory
  unsigned columns = 0;  ///< 0 = a square
  base::defect_config defects{0, 0, 0, 0, 0, 3, 1}; ///< of the mesh, whose size is that of `units` and `columns`
  unsigned hop_cycles = 1;
  unsigned ramp_cycles = 2;
  base::energy_per_bit hop_energy, word_energy;

  base::bytes cache_capacity;
  base::byte_rate cache_bandwidth = base::byte_rate::of(5e12);
  double cache_share = 0.7;
  base::energy_per_bit cache_energy;
  base::byte_rate store_bandwidth = base::byte_rate::of(2.4e12);

  unsigned max_lanes = 1;
  unsigned queue_depth = 8192;
  unsigned memory_ports = 1;
  double memory_share = 0.9;
  unsigned fabric_ports = 1;
  base::power static_power;
  base::power active_power;
  base::power power_limit;
  base::power memory_power;
  base::energy_per_bit memory_energy;
  std::string level = "compute";

  void parameters(base::parameter_list& p);
  /// Throws base::input_error naming every parameter that does not fit the others.
  void validate() const;
  /// The type in which products of `wanted` are formed: itself, or the next wider one with a rate.
  data_type native(data_type wanted) const;
  /// Peak rate, FLOP/s, of products of `wanted` in their native type.
  double flop_rate(data_type wanted) const { return rate[static_cast<unsigned>(native(wanted))].value(); }
};

} // namespace strata::core
