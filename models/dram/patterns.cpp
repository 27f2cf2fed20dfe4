// SPDX-License-Identifier: Apache-2.0
// The i-th address of each order, and which accesses write.
#include "models/dram/patterns.hpp"

#include "models/dram/burst_source.hpp"

#include <cmath>

namespace strata::dram {

namespace {

std::uint64_t address_of(const pattern& p, std::uint64_t i) {
  const std::uint64_t units = p.capacity / p.unit;
  switch (p.order) {
  case address_order::random:
    return scrambled(p.seed, i) % units * p.unit;
  case address_order::strided:
    return i * p.stride % p.capacity;
  case address_order::two_streams:
    return (i % 2 * (units / 2) + i / 2 % (units / 2)) * p.unit;
  case address_order::sequential:
    break;
  }
  return i % units * p.unit;
}

} // namespace

access_sequence make_sequence(const pattern& p) {
  return [p](std::uint64_t i) {
    const double writes = 1 - p.reads, n = static_cast<double>(i);
    return access{address_of(p, i), std::floor((n + 1) * writes) > std::floor(n * writes), 0};
  };
}

} // namespace strata::dram
