// SPDX-License-Identifier: Apache-2.0
// What one kernel took: its time and parts of it, energy by level, and how busy each resource was.
#pragma once

#include "sc_main/ledger.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <utility>
#include <vector>

namespace strata::cli {

/// SI units, per call.
struct kernel_result {
  std::string platform, op;
  std::vector<std::pair<std::string, std::string>> shape;
  unsigned ranks = 1;
  double time_s = 0;
  double flop = 0;                                      ///< useful operations of one device
  std::vector<std::pair<std::string, double>> parts_s;  ///< lane time of one device by cause
  std::vector<level_result> energy;                     ///< of the whole platform, static energy over the kernel's time
  std::vector<resource_use> utilisation;
};

/// Parts, energy and utilisation from what the meters counted during the kernel; `time_s` must be known.
void fill(kernel_result& r, const ledger& meters, const std::vector<double>& spent);

std::string kernel_text(const kernel_result& r);
nlohmann::ordered_json kernel_document(const kernel_result& r);

} // namespace strata::cli
