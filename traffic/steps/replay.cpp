// SPDX-License-Identifier: Apache-2.0
#include "traffic/steps/replay.hpp"

#include "traffic/lowering/layer_sample.hpp"
#include "traffic/steps/step_executor.hpp"

namespace strata::traffic {

namespace {
/// By place of copies, see pool_costs.
std::vector<double> pooled_shares(const platform_view& platform) {
  std::vector<double> shares{0};
  for (const memory_view& store : platform.devices.front().front().stores)
    shares.push_back(store.pooled_bandwidth > 0 ? store.bandwidth / store.pooled_bandwidth : 0);
  return shares;
}
} // namespace

void replay::run(issuer& out) {
  m_account.count_meters(m_options.replicas);
  if (m_options.reuse_steps) {
    run_reused(out);
  } else {
    m_stream.emplace(out, m_read_meters, m_account, m_roofline);
    m_engines.run(*m_stream, m_account);
  }
}

void replay::run_reused(issuer& out) {
  struct pool {
    step_simulator alone;
    layer_sampler layers;
  };
  std::deque<pool> pools; // the caches' simulators refer to them
  std::vector<pool_costs> costs;
  for (unsigned number = 0; number < m_account.pools().size(); ++number) {
    pools.push_back({{out, number, m_read_meters, m_roofline}, layer_sampler(out.plan(number))});
    pool& p = pools.back();
    const auto whole = [&p](const step_shape& s) { return p.alone.whole(s); };
    const auto sampled = [&p](const step_shape& s) { return p.alone.sampled(s, p.layers); };
    costs.push_back({step_cache(p.layers.worthwhile() ? step_cache::simulator(sampled) : whole, whole, m_options.check_every,
                                out.plan(number).model->window()),
                     copy_costs([&p](const kv_copy& c) { return p.alone.copy(c); },
                                [&p](const kv_copy& c, unsigned count, const kv_copy& o) { return p.alone.copies_beside(c, count, o); }),
                     pooled_shares(*out.plan(number).platform)});
  }
  step_executor reused(std::move(costs), m_engines.engines(), m_account);
  m_engines.run(reused, m_account);
  for (const pool_costs& c : reused.costs())
    m_caches.push_back(c.steps.stats());
}

} // namespace strata::traffic
