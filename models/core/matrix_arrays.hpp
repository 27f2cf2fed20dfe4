// SPDX-License-Identifier: Apache-2.0
// Cycles of matrix products on weight-stationary arrays of rows x columns multiply-accumulators: a tile of the weights
// lies in an array while the rows of the other operand flow through it, one a cycle, and sums leave at its edge.
// Kernel-free.
#pragma once

#include "models/core/core_config.hpp"

namespace strata::core {

/// Cycles by what the longest path over the arrays consists of.
struct array_cycles {
  double stream = 0;  ///< rows flowing through
  double weights = 0; ///< loading weights, beyond the rows that flow meanwhile
  double fill = 0;    ///< first weights, and the wave through the array from corner to corner
  double total() const { return stream + weights + fill; }
  array_cycles& operator+=(const array_cycles& o) {
    stream += o.stream;
    weights += o.weights;
    fill += o.fill;
    return *this;
  }
};

class matrix_arrays {
public:
  explicit matrix_arrays(const core_config& config) : m_config(config) {}

  /// `tiles` tiles of weights in one array, `rows` rows through each. With one buffer, each tile is loaded, used and left
  /// before the next: tiles * (load + rows + R + C - 2), the form published with SCALE-Sim for load = R. With two, a tile
  /// is loaded while the rows of the one before flow: load + R + C - 2 + rows + (tiles - 1) * max(rows, load).
  /// `load_share`: of the time that a tile of all the bits that the cells hold takes to load.
  array_cycles one_array(double tiles, double rows, double load_share = 1) const;
  /// `products` products y[m,n] = x[m,k] * w[n,k] of elements `t`, tiles and rows shared out over the device's arrays so
  /// that the last one ends earliest; sums over K leave through accumulators beside the arrays at no cost.
  array_cycles multiply(double products, double m, double n, double k, data_type t) const;
  /// Rows of K that an array takes at a time: its own, times the narrow products that a cell forms in a cycle.
  double depth(data_type t) const;
  /// Of the time that a full tile takes to load, what one of `t` does: on a bus of their own weights come in so many bytes a
  /// cycle, and a type of which cells hold fewer bits comes sooner. Through the rows they take the same time.
  double load_share(data_type t) const;

private:
  const core_config& m_config;
};

} // namespace strata::core
