// SPDX-License-Identifier: Apache-2.0
// What the time of a command can go to: the parts of its critical path, so that they add up to it. Kernel-free.
#pragma once

#include "models/base/femtoseconds.hpp"

#include <array>
#include <numeric>

namespace strata::core {

enum class time_part : std::uint8_t {
  launch, fill, mma, power, vector, l2, latency, store, tail, memory, link, combine, local, weights, broadcast, reduce, attention, hand_over
};
constexpr unsigned time_part_count = 18;

struct time_part_description {
  const char* name; ///< as in the meter "time.<name>"
  const char* text;
};
constexpr time_part_description describe(time_part p) {
  constexpr time_part_description parts[] = {
      {"launch", "launch latencies"},
      {"fill", "first operands on their way to the engines"},
      {"mma", "matrix engines multiplying, at full clock"},
      {"power", "what the power limit adds: products below full clock, operand streams below full rate"},
      {"vector", "vector engines, exponentials"},
      {"l2", "operands and results through the last-level cache"},
      {"latency", "steps that wait for each other: along K, in a work item of attention"},
      {"store", "results that leave more slowly than the next ones are formed"},
      {"tail", "units that idle in the last wave, and its results on their way out"},
      {"memory", "operands and results that come from or go to a memory"},
      {"link", "data and flags on the way to or from other devices"},
      {"combine", "adding up parts of a split product or sequence"},
      {"local", "work of a collective on what arrived, its synchronisation"},
      {"weights", "loading weights into matrix arrays, beyond the rows that flow meanwhile (systolic, scheduled)"},
      {"broadcast", "operands on their way over the on-chip fabric (wafer)"},
      {"reduce", "sums on their way over the on-chip fabric (wafer)"},
      {"attention", "attention, its broadcasts and sums included (wafer)"},
      {"hand_over", "copies to the next region or device (wafer)"},
  };
  static_assert(sizeof parts / sizeof *parts == time_part_count);
  return parts[static_cast<unsigned>(p)];
}

/// Time by part.
class time_split {
public:
  base::femtoseconds& operator[](time_part p) { return m_times[static_cast<unsigned>(p)]; }
  base::femtoseconds operator[](time_part p) const { return m_times[static_cast<unsigned>(p)]; }
  base::femtoseconds total() const { return std::accumulate(m_times.begin(), m_times.end(), base::femtoseconds{0}); }

private:
  std::array<base::femtoseconds, time_part_count> m_times{};
};

} // namespace strata::core
