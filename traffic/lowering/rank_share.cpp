// SPDX-License-Identifier: Apache-2.0
#include "traffic/lowering/rank_share.hpp"

#include <cmath>

namespace strata::traffic {

namespace {

template <class Count>
void scale(Count& sum, double part) { sum = static_cast<Count>(std::ceil(part * static_cast<double>(sum))); }

} // namespace

step_shape fullest_share(const step_shape& s, unsigned groups) {
  step_shape f = s;
  if (groups == 1)
    return f;
  const auto dealt = [groups](std::uint32_t n) { return (n + groups - 1) / groups; };
  f.decode_sequences = dealt(s.decode_sequences);
  f.prefill_sequences = dealt(s.prefill_sequences);
  f.sampled_tokens = f.decode_sequences + dealt(s.sampled_tokens - s.decode_sequences);
  const double decodes = s.decode_sequences ? double(f.decode_sequences) / s.decode_sequences : 0;
  const double prompts = 1.0 / groups;
  scale(f.prefill_tokens, prompts);
  for (std::uint64_t* sum : {&f.decode_context, &f.decode_window_keys})
    scale(*sum, decodes);
  for (std::uint64_t* sum : {&f.prefill_pairs, &f.prefill_context, &f.prefill_window_pairs, &f.prefill_window_keys})
    scale(*sum, prompts);
  for (unsigned t = 0; t < max_tiers; ++t) {
    scale(f.decode_kv[t], decodes);
    scale(f.prefill_kv[t], prompts);
  }
  return f;
}

} // namespace strata::traffic
