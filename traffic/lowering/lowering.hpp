// SPDX-License-Identifier: Apache-2.0
// From one step of the serving engine to the commands of every device: model x parallelism x step shape. Kernel-free.
#pragma once

#include "traffic/lowering/layer_range.hpp"
#include "traffic/lowering/serving_plan.hpp"
#include "traffic/lowering/step_shape.hpp"

#include <array>
#include <vector>

namespace strata::traffic {

/// Commands for one lane of one device; all tensor ranks of a pipeline stage get their own.
struct lane_program {
  const device_view* device;
  unsigned lane;
  std::vector<core::command> commands;
};

/// A step in the form that devices take, with what it costs at least.
struct lowered_step {
  std::vector<lane_program> programs; ///< reused between steps; the first `used` are valid
  std::size_t used = 0;
  double bound_s = 0;                 ///< roofline: sum over devices of max(FLOP / peak, bytes / peak bandwidth)
  double flop = 0;                    ///< over all physical devices
  double bytes = 0;                   ///< operand bytes from memories over all physical devices

  /// The next program, empty.
  lane_program& add(const device_view& device, unsigned lane);
};

class lowering {
public:
  explicit lowering(const serving_plan& plan) : m_plan(plan) {}

  /// Writes the programs of a step of `shape` into `out`. `sequence` (1, 2, ...) orders the steps through the
  /// pipeline; when the last stage is done, every listed rank of it writes `sequence` to `done_address`.
  void lower(const step_shape& shape, std::uint64_t sequence, std::uint64_t done_address, lowered_step& out,
             const layer_range& layers = {}) const;
  /// Signals that arrive at `done_address` per step: the ranks of the last stage that are simulated.
  unsigned completions_per_step() const;

private:
  void draft(const step_shape& shape, const device_view& device, std::vector<core::command>& out, double& flop,
             std::array<double, max_tiers>& bytes) const;

  const serving_plan& m_plan;
};

} // namespace strata::traffic
