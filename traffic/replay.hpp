// SPDX-License-Identifier: Apache-2.0
// Replays requests on a platform: the serving engine picks steps, the issuer simulates them (stream, burst) or the step
// cache supplies their outcome (step), and time and meters are attributed to phases.
#pragma once

#include "traffic/copy_costs.hpp"
#include "traffic/issuer.hpp"
#include "traffic/serving_engine.hpp"
#include "traffic/step_cache.hpp"

#include <array>
#include <functional>
#include <vector>

namespace strata::traffic {

/// What the platform was doing: no step, only prompts, only decoding, both in one step.
enum class phase : unsigned { idle, prefill, decode, mixed };
constexpr std::size_t phase_count = 4;

struct phase_totals {
  double time_s = 0;
  std::uint64_t steps = 0;
  std::uint64_t tokens = 0;       ///< sampled
  std::vector<double> meters;     ///< change of every meter
};

/// Reads the platform's meters, amounts and busy times, in one flat order.
using meter_reader = std::function<void(std::vector<double>&)>;

struct replay_options {
  bool reuse_steps = true;        ///< step fidelity
  unsigned check_every = 400;     ///< spot-check rate of step fidelity
};

class replay {
public:
  replay(serving_engine& engine, const serving_plan& plan, meter_reader read_meters, replay_options options)
      : m_engine(engine), m_plan(plan), m_read_meters(std::move(read_meters)), m_options(options) {}

  /// The issuer's body.
  void run(issuer& out);

  const std::array<phase_totals, phase_count>& phases() const { return m_phases; }
  const step_cache::statistics& cache() const { return m_cache; }
  std::uint64_t steps_simulated() const { return m_simulated; }
  /// Engine time at the end.
  double elapsed_s() const { return static_cast<double>(m_now) * 1e-12; }
  /// Steps that ended before their roofline bound, and the smallest latency over bound seen.
  std::uint64_t bound_violations() const { return m_bound_violations; }
  double least_over_bound() const { return m_least_over_bound; }
  /// Engine time less kernel time: gaps with nothing in flight are skipped in the kernel. ps; has no meaning where steps
  /// are reused.
  std::int64_t skipped_ps() const { return m_skipped; }
  /// Called now and then with the share of requests finished.
  std::function<void(double)> on_progress;
  /// Meters changed by `change` in the course of `from` .. `to`, ps of engine time.
  std::function<void(std::int64_t from, std::int64_t to, const std::vector<double>& change)> on_work;
  /// The platform was in phase `p` from `from` to `to`; the engine still is as it was in that time.
  std::function<void(std::int64_t from, std::int64_t to, phase p)> on_phase;

private:
  void run_simulated(issuer& out);
  void run_reused(issuer& out);
  step_outcome simulate(issuer& out, const step_shape& shape, const layer_range& layers);
  step_outcome simulate(issuer& out, const kv_copy& copy);
  void check_bound(double latency_s, double bound_s);
  static phase phase_of(const step_shape& shape);
  void account(phase p, std::int64_t until, const step_shape* shape);
  void take_meters(phase_totals& into);
  void add_work(phase_totals& into, std::int64_t from, std::int64_t to, const std::vector<double>& change);

  serving_engine& m_engine;
  const serving_plan& m_plan;
  meter_reader m_read_meters;
  replay_options m_options;
  std::int64_t m_now = 0;        ///< engine time, ps
  std::int64_t m_skipped = 0;    ///< engine time less kernel time
  std::int64_t m_accounted = 0;  ///< time attributed to phases so far
  std::array<phase_totals, phase_count> m_phases;
  std::vector<double> m_last, m_current, m_change;
  step_cache::statistics m_cache;
  std::uint64_t m_simulated = 0;
  std::uint64_t m_bound_violations = 0;
  double m_least_over_bound = 0;
};

} // namespace strata::traffic
