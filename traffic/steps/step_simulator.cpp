// SPDX-License-Identifier: Apache-2.0
#include "traffic/steps/step_simulator.hpp"

namespace strata::traffic {

step_outcome step_simulator::run(const step_shape& shape, const layer_range& layers) {
  step_outcome o;
  m_read_meters(m_before);
  const unsigned steps = m_out.plan(m_pool).stages.size() > 1 ? 2 : 1;
  for (unsigned i = 0; i < steps; ++i)
    m_out.submit(m_pool, shape, layers);
  issuer::completion first, last;
  m_out.wait_for_completion(first);
  last = first;
  if (steps > 1)
    m_out.wait_for_completion(last);
  m_read_meters(o.meters);
  for (std::size_t i = 0; i < o.meters.size(); ++i)
    o.meters[i] = (o.meters[i] - m_before[i]) / steps;
  o.latency_s = first.latency_s;
  o.interval_s = steps > 1 ? last.latency_s - first.latency_s : first.latency_s;
  o.bound_s = first.bound_s;
  return o;
}

step_outcome step_simulator::checked(step_outcome o) {
  m_roofline.add(o.latency_s, o.bound_s);
  return o;
}

step_outcome step_simulator::sampled(const step_shape& shape, layer_sampler& layers) {
  const step_outcome few = run(shape, layers.few());
  return checked(layers.whole(few, run(shape, layers.more())));
}

step_outcome step_simulator::copy(const kv_copy& c) {
  step_outcome o;
  m_read_meters(m_before);
  m_out.submit(m_pool, c);
  issuer::completion done;
  m_out.wait_for_completion(done);
  m_read_meters(o.meters);
  for (std::size_t i = 0; i < o.meters.size(); ++i)
    o.meters[i] -= m_before[i];
  o.latency_s = o.interval_s = done.latency_s;
  return o;
}

double step_simulator::copies_beside(const kv_copy& c, unsigned count, const kv_copy& other) {
  m_out.submit(m_pool, other);
  std::uint64_t last = 0;
  for (unsigned i = 0; i < count; ++i)
    last = m_out.submit(m_pool, c);
  double seconds = 0;
  for (issuer::completion done; m_out.in_flight() > 0;) {
    m_out.wait_for_completion(done);
    if (done.sequence == last)
      seconds = done.latency_s;
  }
  return seconds;
}

} // namespace strata::traffic
