// SPDX-License-Identifier: Apache-2.0
#include "traffic/replay.hpp"

#include "traffic/layer_sample.hpp"
#include "traffic/step_executor.hpp"

namespace strata::traffic {

void replay::run(issuer& out) {
  std::vector<double> meters;
  m_read_meters(meters);
  m_account.count_meters(meters.size());
  if (m_options.reuse_steps) {
    run_reused(out);
  } else {
    m_stream.emplace(out, m_read_meters, m_account, m_roofline);
    m_engines.run(*m_stream, m_account);
  }
}

void replay::run_reused(issuer& out) {
  step_simulator alone(out, m_plan, m_read_meters, m_roofline);
  layer_sampler layers(m_plan);
  const auto whole = [&](const step_shape& s) { return alone.whole(s); };
  const auto sampled = [&](const step_shape& s) { return alone.sampled(s, layers); };
  std::vector<pool_costs> costs;
  costs.push_back({step_cache(layers.worthwhile() ? step_cache::simulator(sampled) : whole, whole, m_options.check_every,
                              m_plan.model->window()),
                   copy_costs([&](const kv_copy& c) { return alone.copy(c); })});
  step_executor reused(std::move(costs), m_engines.engines(), m_account);
  m_engines.run(reused, m_account);
  m_cache = reused.costs().front().steps.stats();
}

} // namespace strata::traffic
