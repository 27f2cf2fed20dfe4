// SPDX-License-Identifier: Apache-2.0
// What a file of requests says, in whichever format it came: requests, and where they are steps of sessions, what each
// waits for. Kernel-free.
#pragma once

#include "traffic/requests/request_source.hpp"

#include <memory>

namespace strata::traffic {

/// Arrival of a step that opens a session without an instant of its own, or that waits for others.
constexpr std::int64_t no_arrival = -1;

/// A request's place in its session.
struct session_link {
  std::uint32_t session;      ///< numbered from 0 in the order in which they start
  std::int64_t gap_ps = 0;    ///< >= 0; from the end of what it waits for, or its session's start, to its arrival
  bool tools = true;          ///< that time is its tools', else its user's
  std::vector<std::uint32_t> after{}; ///< steps it waits for, all of them earlier and of its session; none: it opens the session
  bool alone = false;         ///< it is no session's step at all, and counts in no statistics of such
};

/// The id of a request is its place. Requests with an arrival come then; a session whose opening steps have none starts
/// when one of the places for such sessions is free.
struct request_trace {
  std::vector<request> requests;
  std::vector<session_link> links{};    ///< one for each request, or none at all: all have arrivals, in order
  std::uint32_t block_tokens = 0;       ///< of a hashed block of prompts, 0 = there are no hashes
  std::uint64_t skipped = 0;            ///< that had failed when they were recorded
  std::vector<service_class> classes{}; ///< that requests name; none: there is one class of no name
};

/// Of requests none of which is a session's step and all of which have arrivals: without links, in order of arrival.
request_trace without_needless_links(request_trace trace);

/// How the end of a tool's call is foretold: not at all, as it will be, or by the mean of those that have ended.
enum class foresight { none, exact, mean };

/// What sessions' gaps are like in which tools run.
struct tool_behaviour {
  tool_config hosts{};
  foresight foretold = foresight::none;
  std::int64_t lead_ps = 1'000'000'000'000; ///< so long before the end that is foretold its prompt is announced
};

/// Serves `trace`, `at_once` of its sessions without arrivals at a time. Throws std::invalid_argument for links and
/// requests that break the rules above.
std::unique_ptr<request_source> source_of(request_trace trace, std::uint32_t at_once, tool_behaviour tools = {});

} // namespace strata::traffic
