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
  struct timing {
    double engine_s;  ///< with all operands at hand
    double exposed_s; ///< after the last operand's arrival
  };
  static shape shape_of(const command& c);
  timing decode(const shape& s) const;
  timing decode_split(const shape& s, double parts, bool vector) const;
  timing prompt(const shape& s, double pairs) const;
  double unit_rate(const shape& s) const; ///< FLOP/s of one unit's matrix engine in the inner loop

  const core_config& m_config;
};

} // namespace strata::core
