// SPDX-License-Identifier: Apache-2.0
// Layers of a model repeat: what a step costs follows from two steps with few of them. Finds the repetition, and says
// which layers the two steps compute. Kernel-free.
#pragma once

#include "traffic/lowering/layer_range.hpp"
#include "traffic/lowering/serving_plan.hpp"
#include "traffic/lowering/step_outcome.hpp"

namespace strata::traffic {

/// A stage has a head of layers that differ, and repetitions of a period behind it. A step over the head and one period,
/// with what is left of a whole number of them, and one over a period more differ by what that costs: so much does each
/// further repetition add, to time as to meters. Steps take their periods in turn, so that a cache finds as little of the
/// last one as it does in a whole step.
class layer_sampler {
public:
  explicit layer_sampler(const serving_plan& plan);

  /// Whether two sampled steps have far fewer layers than one whole. Stages must be alike: else which of them sets the
  /// pipeline's pace could change with the number of layers.
  bool worthwhile() const { return m_rest > 0; }
  /// The next step with few layers, and the next with a period more.
  layer_range few() { return take(m_few); }
  layer_range more() { return take(m_few + m_period); }
  /// What the whole step costs.
  step_outcome whole(const step_outcome& few, const step_outcome& more) const;

private:
  layer_range take(unsigned count);
  double whole(double few, double more) const { return few + (more - few) * m_rest; }

  unsigned m_head = 0;   ///< layers at the start of a stage that do not repeat
  unsigned m_period = 0; ///< layers that repeat behind the head
  unsigned m_round = 0;  ///< layers of all whole periods
  unsigned m_few = 0;    ///< layers behind the head in the shorter step
  double m_rest = 0;     ///< how often a period is added to the shorter step to make a whole one
  unsigned m_turn = 0;
};

} // namespace strata::traffic
