// SPDX-License-Identifier: Apache-2.0
// How well founded a platform's numbers are: counted by confidence. Kernel-free.
#pragma once

#include "platforms/checked_platform.hpp"

#include <array>

namespace strata::platforms {

/// Numbers that the netlist and what it extends give with a confidence, each place in the files once however many
/// components take it from there.
struct provenance {
  enum kind { published, derived, calibrated, estimate };
  std::array<std::size_t, 4> count{};

  std::size_t total() const { return count[0] + count[1] + count[2] + count[3]; }
  /// 0 .. 1; 0 where there is no number.
  double share(kind k) const { return total() ? static_cast<double>(count[k]) / static_cast<double>(total()) : 0; }
};

provenance provenance_of(const checked_platform& p);

} // namespace strata::platforms
