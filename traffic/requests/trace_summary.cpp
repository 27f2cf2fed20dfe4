// SPDX-License-Identifier: Apache-2.0
#include "traffic/requests/trace_summary.hpp"

#include "traffic/kv/prefix_cache.hpp"

namespace strata::traffic {

trace_summary summarise(request_source& source) {
  trace_summary s;
  s.skipped = source.skipped();
  s.block_tokens = source.block_tokens();
  prefix_cache cache;
  quantile_sketch prompts, outputs;
  std::uint64_t finders = 0;
  double shares = 0;
  std::int64_t first = 0, last = 0;
  while (source.next_arrival()) {
    const request r = source.take();
    last = r.arrival_ps;
    if (s.requests++ == 0)
      first = last;
    prompts.add(r.prompt_tokens);
    outputs.add(r.output_tokens);
    const std::uint32_t blocks = count_of(r.blocks);
    prefix_cache::handles held = cache.acquire(r.blocks, blocks);
    s.blocks += blocks;
    s.found += held.size();
    if (!held.empty()) {
      ++finders;
      shares += static_cast<double>(held.size()) / blocks;
    }
    cache.extend(held, r.blocks, blocks);
    cache.release(held);
    source.ended(r.id, last);
  }
  s.span_s = static_cast<double>(last - first) * 1e-12;
  s.prompt_tokens = distribution_of(prompts);
  s.output_tokens = distribution_of(outputs);
  if (finders > 0)
    s.mean_found_share = shares / static_cast<double>(finders);
  return s;
}

} // namespace strata::traffic
