// SPDX-License-Identifier: Apache-2.0
// What traffic knows of a platform: devices with their control windows, memories and peak rates. Filled by the
// elaborator from the netlist; everything else about the hardware stays behind TLM sockets. Kernel-free.
#pragma once

#include "models/core/execution_policy.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
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
  bool shared = false;               ///< replicas of the platform have one together
  double pooled_bandwidth = 0;       ///< of a store: peak B/s of what replicas have together on the way to it, itself
                                     ///< included; 0 = each has its own
};

/// What lies between a device and its peers.
struct fabric_view {
  double bandwidth = 0;              ///< payload B/s of the way, 0 = not known
  double latency_s = 0;              ///< of the way, one direction, serialisation excluded
  std::uint64_t multicast = 0;       ///< base address of a switch's multicast window (switch/multicast.hpp), 0 = none
  double multicast_share = 0;        ///< of the bandwidth that accesses there reach
};

/// A parameter that is an estimate with a range, and how the device executes at either end of it.
struct estimate_view {
  std::string name, low, high;
  std::shared_ptr<const core::execution_policy> at_low, at_high;
};

/// Dead cores of a wafer, and what its regular mesh pays for them.
struct defect_view {
  double dead_share = 0;             ///< of the physical cores
  unsigned physical_columns = 0, physical_rows = 0;
  unsigned full_columns = 0, full_rows = 0; ///< the regular mesh of a wafer with enough live cores
  double across = 1, down = 1;       ///< links from a core to the next one in its row, in its column, on average
  std::shared_ptr<const core::execution_policy> perfect; ///< the same mesh without detours
};

/// The mesh of cores of which a device's lanes are rectangles.
struct mesh_view {
  unsigned columns = 0, rows = 0;    ///< cores; 0 = the device is no mesh
  double code_bytes = 0;             ///< of a core's memory
  std::shared_ptr<const core::execution_policy> policy; ///< what a command costs on a rectangle
  std::vector<estimate_view> estimates;
  std::optional<defect_view> defects; ///< none where all cores live
};

/// A device that executes commands (compute_core).
struct device_view {
  std::string name;                  ///< path of its compute core
  std::uint64_t control = 0;         ///< base address of its control window
  std::uint64_t inbox = 0;           ///< base address of its inbox, 0 where it has no fabric
  fabric_view fabric;                ///< to the other tensor ranks of its node
  fabric_view network;               ///< to the rank in the same place of other nodes, where tensor ranks span nodes
  unsigned lanes = 1;                ///< independent command queues; a pipeline stage is a lane
  unsigned queue_depth = 4096;
  unsigned represents = 1;           ///< physical devices it stands for
  std::array<double, core::data_type_count> flop_rate{}; ///< peak FLOP/s by data_type, 0 = not supported natively
  double cache_capacity = 0;         ///< bytes of its last-level cache, 0 = none
  std::vector<memory_view> memories; ///< in the order in which weights, then KV blocks fill them
  unsigned weights_from = 0;         ///< the first of them that takes weights
  double memory_share = 0.9;         ///< of each memory that weights and KV may take
  std::vector<memory_view> stores;   ///< behind these memories, for KV that is not in use, fastest first
  std::uint64_t copier = 0;          ///< base address of the copy engine that moves KV from and to them, 0 = none
  unsigned copy_channels = 0;        ///< that it has
  mesh_view mesh;
};

/// Hosts that run agents' tools.
struct tool_hosts_view {
  std::vector<std::string> names;    ///< of those that are simulated
  unsigned hosts = 0;                ///< all of them
  unsigned cores = 0;                ///< of each
  double core_speed = 1;             ///< relative to what tools were recorded on
};

/// How the netlist's devices share a model.
struct platform_view {
  std::string name;
  std::string path;                  ///< file of the netlist
  unsigned tensor_ranks = 1;         ///< devices that split every layer (physical, also where folded into one)
  unsigned node_ranks = 1;           ///< tensor ranks that share a scale-up domain; a divisor of tensor_ranks
  unsigned pipeline_devices = 1;     ///< device groups that split the layers in order
  /// Devices to drive: [pipeline stage][tensor rank]; with symmetry one rank per stage is listed.
  std::vector<std::vector<device_view>> devices;
  std::uint64_t host_control = 0;    ///< base address of the host's work queue, 0 = no host model
  double sampling_s = 0;             ///< of every device's vector engines per sampled token, beside soft-max
  double request_latency_s = 0;      ///< from a request's arrival to the scheduler's queue
  double kernel_launch_s = 0;        ///< between commands of a step with prompts, which the host launches one by one
  bool prompts_apart = false;        ///< prompts go before decodes, in steps of their own
  bool fused_experts = false;        ///< experts' products gather their rows themselves, see stage_writer
  bool tuned_experts = true;         ///< in tiles that were tuned for them
  bool steps_ahead = false;          ///< a step is put together when the one before it starts
  tool_hosts_view tools;
  std::uint64_t mailbox = 0;         ///< base address of the issuer's mailbox (devices signal completion there)
};

} // namespace strata::traffic
