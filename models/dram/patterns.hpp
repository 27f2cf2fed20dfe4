// SPDX-License-Identifier: Apache-2.0
// Address patterns of memory benchmarks: which address the i-th access has and whether it writes, a pure function of
// i and a seed. Kernel-free.
#pragma once

#include "models/base/femtoseconds.hpp"

#include <cstdint>
#include <functional>

namespace strata::dram {

struct access {
  std::uint64_t address;
  bool write = false;
  base::femtoseconds at = 0; ///< not before
};
/// The i-th access.
using access_sequence = std::function<access(std::uint64_t)>;

enum class address_order {
  sequential,  ///< one unit after the other
  random,      ///< any unit, uniformly
  strided,     ///< `stride` bytes apart
  two_streams, ///< two sequential ones in turn, the second from the middle of the memory on
};

struct pattern {
  address_order order = address_order::sequential;
  std::uint64_t unit = 64;        ///< bytes; addresses are multiples of it, unless `stride` is none
  std::uint64_t capacity = 0;     ///< bytes, at least two units; addresses start again from 0 there
  std::uint64_t stride = 0;       ///< bytes, strided only
  double reads = 1;               ///< share; writes are spread evenly, 2/3 = R R W R R W
  std::uint64_t seed = 1;
};
access_sequence make_sequence(const pattern& p);

} // namespace strata::dram
