// SPDX-License-Identifier: Apache-2.0
// Replays requests on a platform: the cluster's engines pick steps, which the platform simulates (stream, burst) or whose
// outcome is known from like ones (step), and time and meters are attributed to phases.
#pragma once

#include "traffic/serving/cluster.hpp"
#include "traffic/steps/step_cache.hpp"
#include "traffic/steps/stream_executor.hpp"

namespace strata::traffic {

struct replay_options {
  bool reuse_steps = true;        ///< step fidelity
  unsigned check_every = 1000;     ///< spot-check rate of step fidelity
  std::vector<unsigned> replicas; ///< of each meter's component, as phase_account has them
};

class replay {
public:
  replay(cluster& engines, meter_reader read_meters, replay_options options)
      : m_engines(engines), m_read_meters(std::move(read_meters)), m_options(std::move(options)),
        m_account(engines.pool_sizes()) {}

  /// The issuer's body.
  void run(issuer& out);

  const std::vector<pool_phases>& pools() const { return m_account.pools(); }
  /// By pool.
  const std::vector<step_cache::statistics>& caches() const { return m_caches; }
  const roofline_check& roofline() const { return m_roofline; }
  /// Engine time at the end.
  double elapsed_s() const { return static_cast<double>(m_engines.now()) * 1e-12; }
  /// Engine time less kernel time: gaps with nothing in flight are skipped in the kernel. ps; has no meaning where steps
  /// are reused.
  std::int64_t skipped_ps() const { return m_stream ? m_stream->skipped_ps() : 0; }
  /// Where observers register.
  phase_account& account() { return m_account; }

private:
  void run_reused(issuer& out);

  cluster& m_engines;
  meter_reader m_read_meters;
  replay_options m_options;
  phase_account m_account;
  roofline_check m_roofline;
  std::vector<step_cache::statistics> m_caches;
  std::optional<stream_executor> m_stream;
};

} // namespace strata::traffic
