// SPDX-License-Identifier: Apache-2.0
// Loads a packet mesh with synthetic traffic: latency at an offered load, and the load at which it saturates. An open
// loop: packets wait at their cores without limit. Kernel-free.
#pragma once

#include "models/fabric/packet_mesh.hpp"

#include <cstdint>
#include <vector>

namespace strata::fabric {

enum class traffic_pattern {
  uniform,   ///< every core, the sender's too, is as likely
  transpose, ///< (x, y) to (y, x); square meshes
  neighbour, ///< to the next core of the row, the last to the first
};

struct mesh_load {
  traffic_pattern pattern = traffic_pattern::uniform;
  unsigned packet_flits = 1;
  double injection = 0.1;       ///< flits per core and cycle
  std::uint64_t warm_up = 3000; ///< cycles before packets are measured
  std::uint64_t measured = 10000; ///< cycles in which packets that are created are measured
  std::uint64_t seed = 1;
};

struct mesh_load_result {
  bool stable = false;         ///< every measured packet arrived while the load went on for as long again; without: latencies of those that did
  double mean_latency = 0;     ///< cycles, creation of a packet to its last flit at the core
  double mean_network_latency = 0; ///< from when its head left the core
  std::vector<double> latencies; ///< of measured packets, in order of arrival
  double accepted = 0;         ///< flits delivered per core and cycle while measuring
  double mean_hops = 0;        ///< links passed by a flit, all flits
  std::uint64_t cycles = 0;    ///< simulated
  std::uint64_t flits = 0, flit_hops = 0; ///< delivered; links passed
};

/// Throws base::input_error where the pattern does not fit the mesh.
mesh_load_result run_load(const packet_mesh_config& c, const mesh_load& load);

/// Injection, flits per core and cycle, at which the mean latency is `factor` times that of an idle mesh: bisection to
/// within `tolerance` of the result.
double saturation(const packet_mesh_config& c, mesh_load load, double factor = 3, double tolerance = 0.005);

} // namespace strata::fabric
