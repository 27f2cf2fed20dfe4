// SPDX-License-Identifier: Apache-2.0
// Who runs the steps and copies that engines pick: the simulated hardware, or what is known of its costs. Kernel-free.
#pragma once

#include "traffic/serving/phases.hpp"
#include "traffic/serving/serving_engine.hpp"

#include <limits>
#include <optional>

namespace strata::traffic {

constexpr std::int64_t endless = std::numeric_limits<std::int64_t>::max();

enum class work { step, copy, hand_over };

/// Work of an engine that has ended, ps. Ids are unique among the work of a kind of one engine.
struct ended_work {
  std::int64_t at;
  unsigned engine; ///< that hands over
  work kind;
  std::uint64_t id;
};

class executor {
public:
  virtual ~executor() = default;
  /// Steps of one engine end in the order in which they start.
  virtual void start(unsigned engine, const step& s, std::int64_t now) = 0;
  /// Copies of one engine between two places are done in order. `beside` is what the engine does meanwhile.
  virtual void start(unsigned engine, const kv_copy& c, phase beside, std::int64_t now) = 0;
  /// A copy from an engine's devices to those of another one; those of one engine are done in order.
  virtual void hand_over(unsigned from, unsigned to, const kv_copy& c, phase beside, std::int64_t now) = 0;
  /// What ends next, no later than `until`; nothing where nothing does, and time goes on to `until`, which must not be
  /// endless while nothing is under way.
  virtual std::optional<ended_work> next(std::int64_t now, std::int64_t until) = 0;
};

} // namespace strata::traffic
