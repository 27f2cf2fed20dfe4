// SPDX-License-Identifier: Apache-2.0
// Simulated steps against their roofline bounds. Kernel-free.
#pragma once

#include <algorithm>
#include <cstdint>

namespace strata::traffic {

struct roofline_check {
  std::uint64_t simulated = 0;   ///< steps
  std::uint64_t violations = 0;  ///< of them, those that ended before their bound
  double least_over_bound = 0;   ///< latency over bound

  void add(double latency_s, double bound_s) {
    ++simulated;
    if (bound_s <= 0)
      return;
    const double over = latency_s / bound_s;
    violations += over < 1;
    least_over_bound = least_over_bound == 0 ? over : std::min(least_over_bound, over);
  }
};

} // namespace strata::traffic
