// SPDX-License-Identifier: Apache-2.0
// Time inside kernel-free policies: whole femtoseconds, so that clock periods such as 1/1.755 GHz stay exact to
// 1 ppm and comparisons never depend on rounding. 64 bits hold 5.1 hours of busy time.
#pragma once

#include "models/base/quantity.hpp"

#include <cmath>
#include <cstdint>

namespace strata::base {

using femtoseconds = std::uint64_t;
constexpr femtoseconds never = ~femtoseconds{0};

/// Rounded to the nearest femtosecond; negative durations become zero.
inline femtoseconds to_femtoseconds(duration t) {
  return t.value() <= 0 ? 0 : static_cast<femtoseconds>(t.value() * 1e15 + 0.5);
}
/// Time that `amount` takes at `rate` (same unit per second), rounded up to the next femtosecond.
inline femtoseconds time_for(double amount, double rate_per_s) {
  return amount <= 0 ? 0 : static_cast<femtoseconds>(std::ceil(amount / rate_per_s * 1e15));
}
inline duration to_duration(femtoseconds t) { return duration::of(static_cast<double>(t) * 1e-15); }
inline double to_seconds(femtoseconds t) { return static_cast<double>(t) * 1e-15; }

} // namespace strata::base
