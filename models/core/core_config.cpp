// SPDX-License-Identifier: Apache-2.0
#include "models/core/core_config.hpp"

#include "models/base/diagnostic.hpp"

namespace strata::core {

void core_config::parameters(base::parameter_list& p) {
  using base::fraction, base::non_negative, base::positive, base::between;
  p.add_choice("architecture", kind, {{"tensor", architecture::tensor}, {"wafer", architecture::wafer}, {"systolic", architecture::systolic},
                                       {"scheduled", architecture::scheduled}},
               "how engines and on-chip fabric work together: tiled matrix engines, a mesh of small SIMD cores, "
               "weight-stationary arrays, or such arrays with operators placed in time by a compiler");
  p.add("units", units, between(1, 1e7), "streaming multiprocessors (tensor), usable cores (wafer) or matrix arrays (systolic, scheduled)");
  p.add("clock", clock, positive(), "sustained clock; sets cycles of fabric (wafer) and arrays (systolic, scheduled), and the rate of exponentials (tensor)");
  for (unsigned t = 0; t < data_type_count; ++t)
    p.add(std::string(name_of(data_type(t))) + "_rate", rate[t], non_negative(),
          std::string("peak dense rate of ") + name_of(data_type(t)) + " products; 0 = the next wider type is used");
  p.add("vector_rate", vector_rate, positive(), "peak rate of the vector engines");
  for (unsigned t = 0; t < data_type_count; ++t)
    p.add(std::string(name_of(data_type(t))) + "_energy", flop_energy[t], non_negative(),
          std::string("energy of a ") + name_of(data_type(t)) + " floating-point operation on the matrix engine, operand delivery included");
  p.add("vector_energy", vector_energy, non_negative(), "energy of an operation on the vector engines");
  p.add("matrix_efficiency", matrix_efficiency, fraction(),
        "share of the peak rate that inner loops of products and attention sustain at full clock");
  attention.parameters(p);
  p.add("scaled_tile", scaled_tile, between(64, 256), "longest side of an output tile of block-scaled products (tensor)");
  p.add("max_split", max_split, between(1, 1024), "largest number of parts that K of a GEMM is split into; 1 = never (tensor)");
  p.add("stream_k", stream_k, "tiles are shared out in parts, so that the last wave keeps every unit busy (tensor)");
  p.add("cluster", cluster, between(1, 4),
        "units that share operand loads of large tiles: 2 the longer side, 4 both sides (tensor)");
  p.add("unit_bandwidth", unit_bandwidth, positive(),
        "operand bandwidth of one unit, from the cache (tensor) or its own memory (wafer)");
  p.add("launch_latency", launch_latency, non_negative(),
        "from the end of a command to the next one's first request, pre-built graph; per command (wafer: task activation)");
  p.add("host_launch_latency", host_launch_latency, non_negative(), "likewise without a pre-built graph");
  p.add("launch_overlap", launch_overlap, non_negative(),
        "part of the launch of GEMMs and dependent commands that runs under the kernel before (programmatic dependent launch) (tensor)");
  p.add("fill_latency", fill_latency, non_negative(), "from first operand request to the engines running (tensor)");
  p.add("fp4_step_latency", fp4_step_latency, non_negative(),
        "shortest time of a step of 128 bytes along K of a tile's loop of 4-bit operands with their scale factors (tensor)");
  p.add("scale_latency", scale_latency, non_negative(),
        "added to every step of block-scaled products: scaling of partial sums outside the matrix engine (tensor)");
  p.add("operand_latency", operand_latency, non_negative(),
        "from a block's request of a step's operands to their arrival while all units ask: paces grouped products whose tile is given (tensor)");
  p.add("memory_ramp", memory_ramp, non_negative(),
        "time that GEMM operands from memory take beyond their bytes: first loads, uneven progress of the units (tensor)");
  p.add("nccl_launch", nccl_launch, non_negative(), "launch of a collective kernel of the communication library (NCCL class), first flag included; a framework's own ones are launched as any kernel");
  p.add("collective_overhead", collective_overhead, non_negative(),
        "per dependent step of a collective, beyond the flight of the data: polling, local synchronisation");
  p.add("low_latency_rate", low_latency_rate, positive(),
        "bytes of collective data per second that the library's 128-byte low-latency protocol moves");
  p.add("array_rows", array_rows, between(1, 4096), "cells along K of a matrix array (systolic, scheduled)");
  p.add("array_columns", array_columns, between(1, 4096), "cells along N of a matrix array (systolic, scheduled)");
  p.add("weight_load_cycles", weight_load_cycles, between(0, 4096),
        "cycles in which an array's weights are loaded; 0 = as many as it has rows, through which they shift (systolic, scheduled)");
  p.add("weight_buffers", weight_buffers, between(1, 2),
        "tiles of weights that an array holds; with 2 the next is loaded while one is used (systolic, scheduled)");
  p.add("core_code", core_code, non_negative(), "memory of every core that its code and runtime take (wafer)");
  p.add("columns", columns, between(0, 1e5), "width of the mesh of cores; 0 = as high as wide (wafer)");
  defects.defect_parameters(p);
  p.add("hop_cycles", hop_cycles, between(1, 64), "cycles from router to router (wafer)");
  p.add("ramp_cycles", ramp_cycles, between(0, 64), "cycles between core and router (wafer)");
  p.add("hop_energy", hop_energy, non_negative(), "on-chip fabric energy per bit and hop (wafer)");
  p.add("word_energy", word_energy, non_negative(), "on-chip fabric energy per bit that a core sends, however far and to however many (wafer)");
  p.add("cache_capacity", cache_capacity, non_negative(), "last-level cache; 0 = none");
  p.add("cache_share", cache_share, fraction(), "share of the cache that holds distinct operands (conflicts, copies in both partitions)");
  p.add("cache_bandwidth", cache_bandwidth, positive(), "bandwidth of the last-level cache");
  p.add("store_bandwidth", store_bandwidth, positive(), "rate at which all units together store results, and move each operand of an element-wise kernel (tensor)");
  p.add("cache_energy", cache_energy, non_negative(), "energy of a cache access per bit");
  p.add("max_lanes", max_lanes, between(1, registers::max_lanes), "independent command queues the device can be divided into");
  p.add("queue_depth", queue_depth, between(1, 1e6), "descriptors per queue");
  p.add("memory_ports", memory_ports, between(1, 64), "number of memory sockets");
  p.add("memory_share", memory_share, fraction(),
        "share of each memory that weights and KV cache may take; the rest is code, activations and reserve (what vLLM calls gpu_memory_utilization)");
  p.add("fabric_ports", fabric_ports, between(0, 1), "1 where the device has a scale-up fabric socket");
  p.add("static_power", static_power, non_negative(), "drawn whether or not commands run (leakage, clocks, board)");
  p.add("active_power", active_power, non_negative(),
        "drawn beyond that while commands run (clocks, schedulers and register files of all units), whatever they do");
  p.add("power_limit", power_limit, non_negative(),
        "board limit less what the memory draws idle: bounds the clock of matrix products and the rate of operand streams; 0 = none (tensor)");
  p.add("memory_power", memory_power, non_negative(), "what memory traffic draws beside a GEMM, of power_limit (tensor)");
  p.add("memory_energy", memory_energy, non_negative(),
        "energy of a bit of operand streams at the board, for power_limit: the memory itself accounts for it; 0 = streams are not bounded (tensor)");
  p.add("level", level, "energy level under which engine energy is reported");
}

void core_config::validate() const {
  if (kind == architecture::scheduled && cache_capacity.value() > 0)
    throw base::input_error({}, "cache_capacity: a scheduled core has no cache, expected 0 B");
}

data_type core_config::native(data_type wanted) const {
  // Integers have no exponent: floating-point values cannot be multiplied as integers, the other way round they can.
  static constexpr std::array floating{data_type::fp4, data_type::fp8, data_type::fp16, data_type::bf16, data_type::fp32};
  static constexpr std::array integer{data_type::int4, data_type::int8, data_type::fp16, data_type::bf16, data_type::fp32};
  const auto has = [this](data_type t) { return rate[static_cast<unsigned>(t)].value() > 0; };
  if (has(wanted))
    return wanted;
  const bool whole = wanted == data_type::int4 || wanted == data_type::int8;
  for (const data_type t : whole ? integer : floating)
    if (bits_of(t) >= bits_of(wanted) && has(t))
      return t;
  return data_type::fp32;
}

} // namespace strata::core
