// SPDX-License-Identifier: Apache-2.0
// Semiconductor processes, and what becomes of a compute core that is made in another one than its figures are of: the
// same silicon area holds other numbers of units and bytes, which take other energies. Kernel-free.
#pragma once

#include "models/base/diagnostic.hpp"
#include "models/base/parameter.hpp"
#include "models/core/core_config.hpp"

#include <string>

namespace strata::platforms {

/// One process, as process/*.yaml says it. Energies and leakage compare nodes with each other: their unit is that
/// of a 5 nm node.
struct process_node {
  std::string name;
  double energy = 1;          ///< of a switching operation at equal clock
  double leakage = 1;         ///< static power of an area
  double logic_density = 98.3;///< transistors per um2
  double sram_cell = 0.021;   ///< um2 of a bit
  double voltage = 0.75;      ///< V, at which these hold
  double threshold = 0.3;     ///< V
  double lowest_voltage = 0.5;///< V, at which SRAM still works

  void parameters(base::parameter_list& p);
  /// Supply, V, at which logic runs at `clock` times its clock at `voltage`, by the alpha-power law of Sakurai and Newton
  /// with an exponent of 1.3; not below lowest_voltage.
  double voltage_at(double clock) const;
};

/// Reads the node that `name` means: a path as it stands, beside the file of `where`, or shipped. Throws base::input_error
/// at `where` if there is none, or at the line in its file that is wrong.
process_node load_process_node(const std::string& name, const base::source_location& where);

/// Factors from one process to another.
struct process_scaling {
  double logic, sram;  ///< units, bytes
  double clock;
  double energy;       ///< of an operation
  double leakage;      ///< of the whole
};

/// A design whose figures are `of` one node, made `in` another on `area` times the silicon, at `clock` times the clock.
process_scaling scaling(const process_node& of, const process_node& in, double area, double clock);

/// What becomes of a core: units and cache fill the area, rates follow units and clock, energies the process. What is
/// not made in it (board power limit, memory, launch latencies) stays.
core::core_config ported(core::core_config core, const process_scaling& s);

} // namespace strata::platforms
