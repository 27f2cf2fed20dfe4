// SPDX-License-Identifier: Apache-2.0
#include "models/core/gemm_model.hpp"

#include <algorithm>
#include <cmath>

namespace strata::core {

gemm_model::tiling gemm_model::best_tiling(const command& c) const {
  const double units = m_config.units;
  const double unit_rate = m_config.flop_rate(c.compute) * m_config.matrix_efficiency / units;
  const double batch = c.batch ? c.batch : 1;
  const double weight_bytes = static_cast<double>(c.n) * c.k * batch * bits_of(c.compute) / 8;
  tiling best{};
  double best_time = 0;
  // What a library's heuristic weighs: halved tiles waste less at the edges and fill more units, splitting K fills
  // units when output tiles are few but adds a pass over the partial sums.
  for (const unsigned tm : {m_config.tile_m, m_config.tile_m / 2})
    for (const unsigned tn : {m_config.tile_n, m_config.tile_n / 2})
      for (unsigned split = 1; split <= 32 && c.k / split >= 64; split *= 2) {
        const double tiles = std::ceil(double(c.m) / tm) * std::ceil(double(c.n) / tn) * batch * split;
        const double waves = std::ceil(tiles / units);
        const double tile_s = 2.0 * tm * tn * std::ceil(double(c.k) / split) / unit_rate;
        const double busy = std::min(units, tiles);
        const double combine_s = split > 1 ? m_config.fill_latency.value() + 4.0 * c.m * c.n * split * batch /
                                                                                m_config.cache_bandwidth.value()
                                           : 0;
        const double engine_s = waves * tile_s + combine_s;
        const double stream_s = weight_bytes / (busy * m_config.unit_bandwidth.value());
        const double time = std::max(engine_s, stream_s + combine_s);
        if (best_time == 0 || time < best_time) {
          best_time = time;
          best = {engine_s, busy};
        }
      }
  if (best_time == 0) { // K below 64: one pass of the smallest tiles
    const double tm = m_config.tile_m / 2, tn = m_config.tile_n / 2;
    const double tiles = std::ceil(c.m / tm) * std::ceil(c.n / tn) * batch;
    best = {std::ceil(tiles / units) * 2 * tm * tn * c.k / unit_rate, std::min(units, tiles)};
  }
  return best;
}

void gemm_model::plan(const command& c, execution_plan& p) const {
  const shape key{c.m, c.n, c.k, c.batch, c.compute};
  auto it = m_tilings.find(key);
  if (it == m_tilings.end())
    it = m_tilings.emplace(key, best_tiling(c)).first;
  p.engine = base::time_for(it->second.engine_s, 1);
  p.operand_rate = it->second.units_busy * m_config.unit_bandwidth.value();
  p.matrix_flop = useful_flop(c);
}

} // namespace strata::core
