// SPDX-License-Identifier: Apache-2.0
// What engines were doing when: time, steps and meters by phase, and those who watch. Kernel-free.
#pragma once

#include "traffic/lowering/step_shape.hpp"

#include <array>
#include <cstddef>
#include <functional>
#include <optional>
#include <vector>

namespace strata::traffic {

/// What an engine was doing: no step, only prompts, only decoding, both in one step.
enum class phase : unsigned { idle, prefill, decode, mixed };
constexpr std::size_t phase_count = 4;

phase phase_of(const step_shape& shape);

struct phase_totals {
  double time_s = 0;              ///< mean over the engines of a pool
  std::uint64_t steps = 0;        ///< of all of them
  std::uint64_t tokens = 0;       ///< output, of all of them
  std::vector<double> meters;     ///< change of every meter, mean over its replicas
};
using pool_phases = std::array<phase_totals, phase_count>;

/// Engines of the pools, one pool's behind the other's. What all engines of a pool did counts as one of them would have on
/// average, so that a pool's times add up to the time that passed; likewise what all equals of a component counted.
class phase_account {
public:
  /// `engines` by pool.
  explicit phase_account(const std::vector<unsigned>& engines);

  /// For each of the meters that `worked` will be given: how many replicas of its component there are.
  void count_meters(std::vector<unsigned> replicas);
  /// Meters changed by `change` in the course of `from` .. `to`, ps, for pool `pool` in phase `p`.
  void worked(unsigned pool, phase p, std::int64_t from, std::int64_t to, const std::vector<double>& change);
  /// The engine was in phase `p` since it was last accounted for; `outputs`: of the step that ended it,
  /// if one did.
  void passed(unsigned engine, phase p, std::int64_t until, std::optional<std::uint32_t> outputs = {});

  unsigned pool_of(unsigned engine) const { return m_pool_of[engine]; }
  const std::vector<pool_phases>& pools() const { return m_pools; }

  /// Meters of mean replicas changed by `change` in the course of `from` .. `to`, ps.
  std::function<void(std::int64_t from, std::int64_t to, const std::vector<double>& change)> on_work;
  /// An engine was in phase `p` from `from` to `to`; it still is as it was in that time.
  std::function<void(unsigned engine, std::int64_t from, std::int64_t to, phase p)> on_phase;

private:
  std::vector<unsigned> m_engines; ///< by pool
  std::vector<unsigned> m_pool_of; ///< by engine
  std::vector<unsigned> m_replicas; ///< by meter
  std::vector<pool_phases> m_pools;
  std::vector<std::int64_t> m_accounted; ///< by engine
  std::vector<double> m_share;
};

} // namespace strata::traffic
