// SPDX-License-Identifier: Apache-2.0
#include "models/core/matrix_arrays.hpp"

#include <algorithm>
#include <cmath>

namespace strata::core {

array_cycles matrix_arrays::one_array(double tiles, double rows, double load_share) const {
  const double load = load_share * (m_config.weight_load_cycles ? m_config.weight_load_cycles : m_config.array_rows);
  const double wave = double(m_config.array_rows) + m_config.array_columns - 2;
  array_cycles c;
  c.stream = tiles * rows;
  c.fill = load + wave;
  c.weights = (tiles - 1) * (m_config.weight_buffers > 1 ? std::max(0.0, load - rows) : load + wave);
  return c;
}

double matrix_arrays::depth(data_type t) const {
  const double cells = double(m_config.units) * m_config.array_rows * m_config.array_columns;
  return m_config.array_rows * m_config.flop_rate(t) / (2 * cells * m_config.clock.value());
}

double matrix_arrays::load_share(data_type t) const {
  if (m_config.weight_load_cycles == 0)
    return 1;
  const auto bits = [this](data_type type) { return depth(type) * bits_of(m_config.native(type)); };
  double most = 0;
  for (unsigned type = 0; type < data_type_count; ++type)
    if (m_config.rate[type].value() > 0)
      most = std::max(most, bits(data_type(type)));
  return bits(t) / most;
}

array_cycles matrix_arrays::multiply(double products, double m, double n, double k, data_type t) const {
  // A cell's share of a product per cycle need not be whole: published rates are rounded.
  const double tiles = products * std::ceil(k / depth(t) - 1e-6) * std::ceil(n / m_config.array_columns);
  array_cycles best;
  for (double parts = 1; parts <= m_config.units && parts <= m; parts *= 2) {
    const array_cycles c = one_array(std::ceil(tiles * parts / m_config.units), std::ceil(m / parts), load_share(t));
    if (parts == 1 || c.total() < best.total())
      best = c;
  }
  return best;
}

} // namespace strata::core
