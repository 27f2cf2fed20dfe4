// SPDX-License-Identifier: Apache-2.0
// One kernel by itself on a platform: its time, what the time went into, and the energy of the board it runs on.
#pragma once

#include "sc_main/run/run_result.hpp"
#include "sc_main/validate/kernel_kind.hpp"

#include <string>
#include <utility>
#include <vector>

namespace strata::cli {

/// Per call, SI units. The board is what shares the device's template (core, memory), one of them where symmetry
/// folds several; the platform is all there is, host and links included.
struct kernel_result {
  std::string platform, op;
  std::vector<std::pair<std::string, std::string>> shape;
  unsigned ranks = 1;
  double time_s = 0;
  double flop = 0;                                     ///< useful operations of one device
  std::vector<std::pair<std::string, double>> parts_s; ///< of one device by part of the critical path, core::time_part; they add up to time_s
  std::vector<std::pair<std::string, double>> board_J; ///< by component and activity, "core.matrix.bf16"; largest first
  double platform_J = 0;
  std::vector<resource_use> utilisation;

  double board_total_J() const;
  double board_power_W() const { return board_total_J() / time_s; }
};

/// Elaborates `platform` with `set` overrides and runs `kernel` back to back, once to warm up.
/// Throws base::input_error.
kernel_result measure_kernel(const std::string& platform, const std::vector<std::string>& set, const std::string& op,
                             const kernel_kind& kernel);

} // namespace strata::cli
