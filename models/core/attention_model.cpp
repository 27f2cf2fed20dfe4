// SPDX-License-Identifier: Apache-2.0
#include "models/core/attention_model.hpp"

#include <algorithm>
#include <cmath>

namespace strata::core {

void attention_model::plan(const command& c, execution_plan& p) const {
  p.matrix_flop = useful_flop(c);
  // Prompt tokens come in tiles of query rows per head; a few tiles cannot fill all units. Single-token decode
  // splits the keys instead and is bound by reading them.
  const double tiles = c.m > c.batch ? std::ceil(double(c.m) / m_config.tile_m) * c.n : m_config.units;
  const double share = std::min(1.0, tiles / m_config.units);
  p.engine = base::time_for(p.matrix_flop, m_config.flop_rate(c.compute) * m_config.attention_efficiency * share);
  p.launch += base::to_femtoseconds(m_config.attention_overhead);
}

} // namespace strata::core
