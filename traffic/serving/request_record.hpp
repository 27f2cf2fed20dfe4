// SPDX-License-Identifier: Apache-2.0
// What an engine writes down of a request: when it was admitted, got its first token and ended, and what was held of it.
// Kernel-free.
#pragma once

#include "traffic/requests/request_source.hpp"

#include <cstdint>

namespace strata::traffic {

constexpr double to_seconds(std::int64_t ps) { return static_cast<double>(ps) * 1e-12; }

/// Instants in ps. Those after `arrival` count only for what was admitted, respectively completed.
struct request_record {
  std::uint64_t id = 0;
  std::int64_t arrival = 0;
  std::int64_t admitted = 0;    ///< KV reserved, ready for its first step
  std::int64_t first_token = 0;
  std::int64_t finished = 0;
  std::uint32_t prompt = 0;     ///< tokens
  std::uint32_t output = 0;     ///< tokens
  std::uint32_t cached = 0;     ///< prompt tokens that were held at admission and no step computes
  std::uint32_t fetched = 0;    ///< of them, those that came from a store behind the devices' memory
  std::uint32_t preempted = 0;  ///< times
  bool rejected = false;        ///< would not fit an empty KV cache
  std::uint64_t shortfall_tokens = 0; ///< KV capacity that a rejected request lacked, in whole blocks
  std::uint32_t priority = highest_priority;
  std::uint8_t service = 0;     ///< its class, among the source's
  std::int64_t latest_token = 0; ///< at the engine that keeps this record
  bool completed() const { return finished > 0; }
  bool ended() const { return completed() || rejected; }

  // Of completed ones.
  double queueing_s() const { return to_seconds(admitted - arrival); }
  double ttft_s() const { return to_seconds(first_token - arrival); }
  double end_to_end_s() const { return to_seconds(finished - arrival); }
  double decoding_s() const { return to_seconds(finished - first_token); } ///< of all tokens but the first
};

} // namespace strata::traffic
