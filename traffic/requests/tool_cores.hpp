// SPDX-License-Identifier: Apache-2.0
// Cores of the hosts that run agents' tools: calls take cores in the order in which they are made and wait where too few
// are free. Kernel-free; time in picoseconds.
#pragma once

#include <cstdint>
#include <functional>
#include <queue>
#include <vector>

namespace strata::traffic {

struct tool_config {
  unsigned cores = 0;          ///< of all hosts; 0 = calls wait for something outside only
  double speed = 1;            ///< of a core, relative to the one on which the calls' times were recorded
  double cpu_share = 0;        ///< of their time that they spent computing, 0 .. 1
  bool whole_calls = false;    ///< so many calls compute all the time and the others never; else each call does both
  unsigned cores_per_call = 1;
  std::uint64_t seed = 1;      ///< of which calls these are
  /// A call has `core_s` core-seconds of work done from `from` to `to`.
  std::function<void(std::int64_t from, std::int64_t to, double core_s)> on_run{};
};

struct tool_statistics {
  std::uint64_t calls = 0;     ///< that needed a core
  double queued_s = 0;         ///< that they waited for one, summed
  double core_s = 0;           ///< core-seconds of work
};

/// A call computes first, on all of its cores at once, and then waits for what is outside.
class tool_cores {
public:
  explicit tool_cores(tool_config config);
  /// When call number `call` ends, made at `now`, no earlier than the one before, that took `recorded_ps` where it was
  /// recorded.
  std::int64_t run(std::uint64_t call, std::int64_t recorded_ps, std::int64_t now);
  const tool_statistics& statistics() const { return m_statistics; }

private:
  double share_of(std::uint64_t call) const;

  tool_config m_config;
  std::priority_queue<std::int64_t, std::vector<std::int64_t>, std::greater<>> m_free; ///< when each core is, the first one on top
  tool_statistics m_statistics;
};

} // namespace strata::traffic
