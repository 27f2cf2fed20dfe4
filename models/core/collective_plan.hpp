// SPDX-License-Identifier: Apache-2.0
// What a collective command makes a device do: phases of sends to peers, with their bytes, rates and local work. One
// planner for all operations; the fastest algorithm and protocol for the size are chosen, as libraries' tuners do.
// Kernel-free.
#pragma once

#include "models/core/core_config.hpp"

#include <vector>

namespace strata::core {

/// The communication library's wire protocols (NCCL's LL, LL128 and Simple); kernels of frameworks use the first kind of
/// flag and the last kind of rate.
enum class collective_protocol : std::uint8_t { kernel, low_latency, low_latency_128, simple };

struct collective_phase {
  enum class pattern : std::uint8_t {
    next,      ///< to the next rank of the ring, while the previous one sends to this
    everyone,  ///< to every peer, while every peer sends to this
    in_switch, ///< read through the switch's sum and written through its multicast
  };
  pattern to = pattern::next;
  double bytes = 0;        ///< payload per destination; in_switch: each of read and written
  double local_bytes = 0;  ///< that pass through this device's engines once the phase's data are in
  double sums = 0;         ///< additions of 2-byte elements among them
  unsigned repeat = 1;     ///< like phases in a row
};

struct collective_plan {
  collective_algorithm algorithm = collective_algorithm::fastest;
  collective_protocol protocol = collective_protocol::kernel;
  double launch_s = 0;   ///< before the first phase
  double step_s = 0;     ///< after the arrivals of every phase
  double wire_share = 1; ///< payload among the bytes that travel
  double rate = 0;       ///< payload B/s at which a device sends, over all its peers
  double local_rate = 0; ///< B/s at which local bytes pass
  bool fenced = false;   ///< flags follow when the data are acknowledged; else right behind the data
  std::vector<collective_phase> phases;
  double estimate_s = 0; ///< closed form, nothing else on the links
};

/// Plan of collective `c` in a group. `c.n` may name the algorithm; one that the operation or the group does not have
/// falls back to the fastest.
collective_plan plan_collective(const core_config& config, const group_header& group, const command& c);

} // namespace strata::core
