// SPDX-License-Identifier: Apache-2.0
// Random numbers that do not depend on the C++ library: of it only std::mt19937_64 is used, whose output the standard
// fixes. Kernel-free.
#pragma once

#include <cmath>
#include <cstdint>
#include <random>

namespace strata::traffic {

/// Bits of `x` spread over all others (splitmix64's finaliser, Vigna 2015): seeds and hashes from numbers that differ little.
inline std::uint64_t mixed(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

class sampler {
public:
  explicit sampler(std::uint64_t seed) : m_engine(seed) {}
  /// In (0, 1).
  double uniform() { return (static_cast<double>(m_engine() >> 11) + 0.5) * 0x1p-53; }
  /// Between the bounds, both included.
  std::uint32_t whole(std::uint32_t least, std::uint32_t most) {
    return least + static_cast<std::uint32_t>(uniform() * (double(most) - least + 1));
  }
  double exponential(double rate) { return -std::log(uniform()) / rate; }
  double normal() {
    constexpr double two_pi = 6.283185307179586;
    const double radius = std::sqrt(-2 * std::log(uniform()));
    return radius * std::cos(two_pi * uniform());
  }

private:
  std::mt19937_64 m_engine;
};

} // namespace strata::traffic
