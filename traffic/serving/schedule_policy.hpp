// SPDX-License-Identifier: Apache-2.0
// In which order requests that wait are admitted. Kernel-free.
#pragma once

#include "traffic/requests/request_source.hpp"

#include <limits>
#include <memory>

namespace strata::traffic {

enum class schedule { fcfs, shortest_prompt, priority, deadline };

/// Requests of lower rank are admitted first, those of equal rank in order of arrival.
class schedule_policy {
public:
  static constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();
  virtual ~schedule_policy() = default;
  virtual std::int64_t rank(const request& q) const = 0;
  /// From then on the request goes behind all that have not expired: what it was to be admitted for is lost.
  virtual std::int64_t expires(const request&) const { return never; }
};

/// fcfs: order of arrival; shortest_prompt: fewest prompt tokens first; priority: highest first; deadline: earliest
/// deadline first, the deadline of a first token being the `ttft_ps` of the request's class after arrival, or as many times that as the request's
/// priority is below the highest one (3); those whose deadline is over go last.
std::unique_ptr<schedule_policy> make_schedule(schedule kind, std::vector<std::int64_t> ttft_ps);

} // namespace strata::traffic
