// SPDX-License-Identifier: Apache-2.0
// What a trace itself says, whatever serves it: numbers of tokens, and how much of its prompts an unbounded prefix cache
// would hold. Kernel-free.
#pragma once

#include "traffic/requests/quantile_sketch.hpp"
#include "traffic/requests/request_source.hpp"

namespace strata::traffic {

struct trace_summary {
  std::uint64_t requests = 0, skipped = 0;
  double span_s = 0;                      ///< first to last arrival, each answered at once
  distribution prompt_tokens, output_tokens;
  std::uint32_t block_tokens = 0;         ///< 0 = no hashes, and zeros below
  std::uint64_t blocks = 0, found = 0;    ///< hashed blocks of prompts, and those that an earlier prompt had as well
  double mean_found_share = 0;            ///< of a prompt's blocks, over the requests that find any
  double hit_rate() const { return blocks > 0 ? static_cast<double>(found) / static_cast<double>(blocks) : 0; }
};

/// Takes all requests of `source`, one after another.
trace_summary summarise(request_source& source);

} // namespace strata::traffic
