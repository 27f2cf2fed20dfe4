// SPDX-License-Identifier: Apache-2.0
// What a step or a copy costs on the simulated hardware when it runs alone.
#pragma once

#include "traffic/lowering/layer_sample.hpp"
#include "traffic/lowering/roofline_check.hpp"
#include "traffic/lowering/step_outcome.hpp"
#include "traffic/steps/issuer.hpp"

namespace strata::traffic {

/// Reads the platform's meters, amounts and busy times, in one flat order.
using meter_reader = std::function<void(std::vector<double>&)>;

class step_simulator {
public:
  step_simulator(issuer& out, unsigned pool, meter_reader read_meters, roofline_check& roofline)
      : m_out(out), m_pool(pool), m_read_meters(std::move(read_meters)), m_roofline(roofline) {}

  /// On a pipeline a second step follows right behind: its delay is how closely such steps can follow.
  step_outcome whole(const step_shape& shape) { return checked(run(shape, {})); }
  /// The same from two steps of few layers.
  step_outcome sampled(const step_shape& shape, layer_sampler& layers);
  step_outcome copy(const kv_copy& c);
  /// Seconds of `count` copies that follow each other, beside another that starts with them.
  double copies_beside(const kv_copy& c, unsigned count, const kv_copy& other);

private:
  step_outcome run(const step_shape& shape, const layer_range& layers);
  step_outcome checked(step_outcome o);

  issuer& m_out;
  unsigned m_pool;
  meter_reader m_read_meters;
  roofline_check& m_roofline;
  std::vector<double> m_before;
};

} // namespace strata::traffic
