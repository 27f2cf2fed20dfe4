// SPDX-License-Identifier: Apache-2.0
#include "traffic/requests/request_trace.hpp"

#include "traffic/requests/session_source.hpp"

#include <algorithm>

namespace strata::traffic {

request_trace without_needless_links(request_trace trace) {
  for (std::size_t i = 0; i < trace.links.size(); ++i)
    if (!trace.links[i].alone || trace.requests[i].arrival_ps == no_arrival)
      return trace;
  trace.links.clear();
  std::stable_sort(trace.requests.begin(), trace.requests.end(),
                   [](const request& a, const request& b) { return a.arrival_ps < b.arrival_ps; });
  for (std::size_t i = 0; i < trace.requests.size(); ++i)
    trace.requests[i].id = i;
  return trace;
}

std::unique_ptr<request_source> source_of(request_trace trace, std::uint32_t at_once, tool_behaviour tools) {
  if (!trace.links.empty())
    return std::make_unique<session_source>(std::move(trace), at_once, std::move(tools));
  return std::make_unique<request_list>(std::move(trace.requests), trace.block_tokens, trace.skipped, std::move(trace.classes));
}

} // namespace strata::traffic
