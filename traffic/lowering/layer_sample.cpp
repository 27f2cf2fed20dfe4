// SPDX-License-Identifier: Apache-2.0
#include "traffic/lowering/layer_sample.hpp"

namespace strata::traffic {

namespace {

/// Layers of `stage` before every further one is of the kind that `period` layers earlier had. Where a device streams
/// weights, those whose weights stay on it differ from the others.
unsigned head_of(const serving_plan& plan, const pipeline_stage& stage, unsigned period) {
  const std::vector<unsigned>& kind_of = plan.model->kind_of;
  const unsigned least = plan.devices[stage.device].resident_layers;
  unsigned head = stage.layers - period;
  while (head > least && kind_of[stage.first_layer + head - 1] == kind_of[stage.first_layer + head - 1 + period])
    --head;
  return head;
}

} // namespace

layer_sampler::layer_sampler(const serving_plan& plan) {
  constexpr unsigned least_gain = 2;
  const pipeline_stage& first = plan.stages.front();
  for (const pipeline_stage& s : plan.stages)
    for (unsigned i = 0; i < first.layers; ++i)
      if (s.layers != first.layers ||
          plan.model->kind_of[s.first_layer + i] != plan.model->kind_of[first.first_layer + i])
        return;
  unsigned least = first.layers;
  for (unsigned period = 1; period < first.layers; ++period) {
    const unsigned head = head_of(plan, first, period), tail = first.layers - head;
    if (tail < 2 * period)
      continue;
    const unsigned few = period + tail % period, simulated = 2 * (head + few) + period;
    if (simulated * least_gain > first.layers || simulated >= least)
      continue;
    least = simulated;
    m_head = head;
    m_period = period;
    m_round = tail / period * period;
    m_few = few;
    m_rest = static_cast<double>(tail - few) / period;
  }
}

layer_range layer_sampler::take(unsigned count) {
  const layer_range range{m_head, m_turn, count, m_round};
  m_turn = (m_turn + (count + m_period - 1) / m_period * m_period) % m_round;
  return range;
}

step_outcome layer_sampler::whole(const step_outcome& few, const step_outcome& more) const {
  step_outcome o;
  o.latency_s = whole(few.latency_s, more.latency_s);
  o.interval_s = whole(few.interval_s, more.interval_s);
  o.bound_s = whole(few.bound_s, more.bound_s);
  o.meters.reserve(few.meters.size());
  for (std::size_t i = 0; i < few.meters.size(); ++i)
    o.meters.push_back(whole(few.meters[i], more.meters[i]));
  return o;
}

} // namespace strata::traffic
