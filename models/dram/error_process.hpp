// SPDX-License-Identifier: Apache-2.0
// Bit errors as a Poisson process over the bits read: how many fall on each access depends on neither the fidelity nor
// on how a transfer is cut. Kernel-free.
#pragma once

#include "models/dram/burst_source.hpp"

#include <cmath>
#include <cstdint>
#include <limits>

namespace strata::dram {

class error_process {
public:
  /// `rate` errors per bit; equal seeds give equal errors.
  error_process(double rate, std::uint64_t seed) : m_rate(rate), m_seed(seed), m_left(gap()) {}

  /// Errors in the next `bits` bits.
  std::uint64_t in(double bits) {
    std::uint64_t n = 0;
    for (m_left -= bits; m_left < 0; m_left += gap())
      ++n;
    return n;
  }

private:
  /// Bits up to the next error, exponentially distributed.
  double gap() {
    if (m_rate <= 0)
      return std::numeric_limits<double>::infinity();
    const double uniform = (static_cast<double>(scrambled(m_seed, m_drawn++) >> 11) + 0.5) * 0x1p-53; // in (0, 1)
    return -std::log(uniform) / m_rate;
  }

  double m_rate;
  std::uint64_t m_seed, m_drawn = 0;
  double m_left; ///< bits
};

} // namespace strata::dram
