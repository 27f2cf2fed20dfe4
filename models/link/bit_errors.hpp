// SPDX-License-Identifier: Apache-2.0
// Bit errors that a receiver detects but cannot correct: a Poisson process over the bits sent, seeded. Kernel-free.
#pragma once

#include <cmath>
#include <cstdint>
#include <random>

namespace strata::link {

class bit_errors {
public:
  /// `rate` per bit on the wire, 0 = none ever.
  bit_errors(double rate, std::uint64_t seed) : m_rate(rate), m_random(seed) { draw(); }

  /// Errors in the next `bits`.
  unsigned in(double bits) {
    if (m_rate <= 0)
      return 0;
    unsigned errors = 0;
    for (; m_until_next <= bits; ++errors) {
      bits -= m_until_next;
      draw();
    }
    m_until_next -= bits;
    return errors;
  }

private:
  void draw() {
    const double uniform = (static_cast<double>(m_random() >> 11) + 0.5) * 0x1p-53; // in (0, 1)
    m_until_next = m_rate > 0 ? -std::log(uniform) / m_rate : 0;
  }
  double m_rate;
  double m_until_next = 0;
  std::mt19937_64 m_random;
};

} // namespace strata::link
