// SPDX-License-Identifier: Apache-2.0
// What traffic knows of a platform: devices with their control windows, memories and peak rates. Filled by the
// elaborator from the netlist; everything else about the hardware stays behind TLM sockets. Kernel-free.
#pragma once

#include "models/core/command.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace strata::traffic {

/// A memory that a device can address. Interleaved over `ways` equal components (`ways` > 1: tensors are spread
/// evenly, and each listed base receives bytes/ways). Where symmetry folds the ways into one, `bases` lists one.
struct memory_view {
  std::string name;                  ///< path of the component (array notation where interleaved)
  std::vector<std::uint64_t> bases;  ///< first address of each way that is simulated
  unsigned ways = 1;
  std::uint64_t capacity = 0;        ///< bytes over all ways
  double bandwidth = 0;              ///< peak B/s over all ways as seen from this device (path included)
};

/// A device that executes commands (compute_core).
struct device_view {
  std::string name;                  ///< path of its compute core
  std::uint64_t control = 0;         ///< base address of its control window
  std::uint64_t inbox = 0;           ///< base address of its inbox, 0 where it has no fabric
  double fabric_bandwidth = 0;       ///< payload B/s of its way to the other tensor ranks, 0 = not known
  double fabric_latency_s = 0;       ///< of that way, one direction
  unsigned lanes = 1;                ///< independent command queues; a pipeline stage is a lane
  unsigned queue_depth = 4096;
  unsigned represents = 1;           ///< physical devices it stands for
  std::array<double, core::data_type_count> flop_rate{}; ///< peak FLOP/s by data_type, 0 = not supported natively
  double cache_capacity = 0;         ///< bytes of its last-level cache, 0 = none
  std::vector<memory_view> memories; ///< in the order in which weights, then KV blocks fill them
};

/// How the netlist's devices share a model.
struct platform_view {
  std::string name;
  std::string path;                  ///< file of the netlist
  unsigned tensor_ranks = 1;         ///< devices that split every layer (physical, also where folded into one)
  unsigned pipeline_devices = 1;     ///< device groups that split the layers in order
  /// Devices to drive: [pipeline stage][tensor rank]; with symmetry one rank per stage is listed.
  std::vector<std::vector<device_view>> devices;
  std::uint64_t host_control = 0;    ///< base address of the host's work queue, 0 = no host model
  std::uint64_t mailbox = 0;         ///< base address of the issuer's mailbox (devices signal completion there)
};

} // namespace strata::traffic
