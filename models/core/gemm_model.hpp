// SPDX-License-Identifier: Apache-2.0
// How long a matrix product keeps tiled matrix engines busy. Output tiles go over the units in waves; a tile's loop
// over K takes per step the longest of multiplying, fetching operands through the cache, and the dependency between
// steps; storing a tile overlaps the next tile's loop. Tile shape and split of K are those of the shortest time, as a
// library's heuristic finds them; or a grouped product's are given, by a kernel that was not tuned for it. The clock is what
// the power limit leaves. Kernel-free.
#pragma once

#include "models/core/core_config.hpp"
#include "models/core/execution_policy.hpp"

#include <unordered_map>

namespace strata::core {

class gemm_model {
public:
  explicit gemm_model(const core_config& config) : m_config(config) {}
  /// Fills in the engine's part of the plan of `c`, an opcode::gemm or opcode::grouped_gemm. Remembers shapes.
  void plan(const command& c, execution_plan& p) const;

  /// Share of the full clock that products of `t`, formed without a pause, leave within the power limit. Energy goes
  /// with the square of the voltage and that with the clock, so power goes with the cube of the clock.
  double clock_share(data_type t) const;

private:
  struct tile {
    unsigned rows, columns;
  };
  /// Seconds by what the slowest unit's path consists of, see time_part.
  struct timing {
    double mma = 0, power = 0, l2 = 0, latency = 0, store = 0, tail = 0; ///< until the last tile is stored
    double combine = 0;  ///< adding up the parts of a split K
    double multiply = 0; ///< the matrix engines of a unit at work
    double total() const { return mma + power + l2 + latency + store + tail + combine; }
  };
  struct choice {
    timing time;
    double read_again = 0; ///< bytes
  };
  choice best(const command& c) const;
  choice given(const command& c) const;
  /// Bytes that tiles of `t` make the memory read beyond each operand once.
  double read_again(const command& c, tile t) const;
  double sides_of(tile t) const; ///< rows and columns that a tile fetches, what its cluster shares counted once
  timing of(const command& c, tile t, unsigned split, double unit_rate, double clock) const;

  const core_config& m_config;
  struct shape {
    std::uint32_t m, n, k, batch;
    std::uint64_t work;
    opcode op;
    data_type compute;
    std::uint8_t flags;
    std::uint64_t tile; ///< of a kernel written for one
    bool operator==(const shape& o) const {
      return m == o.m && n == o.n && k == o.k && batch == o.batch && work == o.work && op == o.op &&
             compute == o.compute && flags == o.flags && tile == o.tile;
    }
  };
  struct shape_hash {
    std::size_t operator()(const shape& s) const {
      std::uint64_t h = s.m;
      for (const std::uint64_t v : {std::uint64_t{s.n}, std::uint64_t{s.k}, std::uint64_t{s.batch}, s.work, s.tile,
                                    std::uint64_t(s.op) << 16 | std::uint64_t(s.compute) << 8 | s.flags})
        h = (h ^ v) * 0x9E3779B97F4A7C15u + (h >> 29);
      return static_cast<std::size_t>(h);
    }
  };
  mutable std::unordered_map<shape, choice, shape_hash> m_known; ///< a model has few shapes, each met thousands of times
};

} // namespace strata::core
