// SPDX-License-Identifier: Apache-2.0
// How long fused attention keeps tiled matrix engines busy: work items of queries and keys over units, each a dependent
// chain of loads, products and soft-max. Kernel-free.
#pragma once

#include "models/core/core_config.hpp"
#include "models/core/execution_policy.hpp"

namespace strata::core {

class attention_model {
public:
  explicit attention_model(const core_config& config) : m_config(config) {}
  /// Fills in the engine's part of the plan of `c`, an opcode::attention.
  void plan(const command& c, execution_plan& p) const;

private:
  /// A command's shape with its defaults resolved; numbers of one sequence where not said otherwise.
  struct shape {
    double sequences, queries, context, keys; ///< `keys`: seen by a query, on average
    double heads, kv_heads, dim, value_dim, window;
    double key_bytes;                         ///< of all sequences, as read from memory
    bool narrow;                              ///< keys and values of 8 bits or fewer
    data_type type;
  };
  /// Seconds by what the critical path consists of, see time_part, with all operands at hand.
  struct timing {
    double mma = 0, vector = 0, l2 = 0, latency = 0, tail = 0, combine = 0;
    double exposed = 0; ///< of all, after the last operand's arrival
    double total() const { return mma + vector + l2 + latency + tail + combine; }
  };
  static shape shape_of(const command& c);
  timing decode(const shape& s) const;
  timing decode_split(const shape& s, double parts, bool vector) const;
  timing prompt(const shape& s, double pairs) const;
  double unit_rate(const shape& s) const; ///< FLOP/s of one unit's matrix engine in the inner loop

  const core_config& m_config;
};

} // namespace strata::core
