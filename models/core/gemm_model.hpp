// SPDX-License-Identifier: Apache-2.0
// How long a matrix product keeps tiled matrix engines busy, and how fast it takes its operands. Kernel-free.
#pragma once

#include "models/core/core_config.hpp"
#include "models/core/execution_policy.hpp"

#include <unordered_map>

namespace strata::core {

class gemm_model {
public:
  explicit gemm_model(const core_config& config) : m_config(config) {}
  /// Fills in the engine's part of the plan of `c`, an opcode::gemm.
  void plan(const command& c, execution_plan& p) const;

private:
  struct tiling {
    double engine_s;
    double units_busy; ///< units that stream operands at a time
  };
  tiling best_tiling(const command& c) const;

  const core_config& m_config;
  struct shape {
    std::uint32_t m, n, k, batch;
    data_type compute;
    bool operator==(const shape& o) const {
      return m == o.m && n == o.n && k == o.k && batch == o.batch && compute == o.compute;
    }
  };
  struct shape_hash {
    std::size_t operator()(const shape& s) const {
      std::uint64_t h = s.m;
      for (const std::uint64_t v : {std::uint64_t{s.n}, std::uint64_t{s.k}, std::uint64_t{s.batch},
                                    static_cast<std::uint64_t>(s.compute)})
        h = (h ^ v) * 0x9E3779B97F4A7C15u + (h >> 29);
      return static_cast<std::size_t>(h);
    }
  };
  mutable std::unordered_map<shape, tiling, shape_hash> m_tilings; ///< a model has few shapes, each met thousands of times
};

} // namespace strata::core
