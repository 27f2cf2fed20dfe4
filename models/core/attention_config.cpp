// SPDX-License-Identifier: Apache-2.0
#include "models/core/attention_config.hpp"

namespace strata::core {

void attention_config::parameters(base::parameter_list& p) {
  using base::between, base::non_negative;
  p.add("attention_item_latency", item_latency, non_negative(),
        "dependent chain of one attention work item: page table, queries, first keys, soft-max, output (tensor)");
  p.add("attention_item_latency_8bit", item_latency_8bit, non_negative(), "likewise in decode kernels for 8-bit keys and values");
  p.add("attention_item_latency_per_dim", item_latency_per_dim, non_negative(), "what an element of the head adds to that chain");
  p.add("attention_packed_from", packed_from, between(1, 32),
        "query rows sharing their keys from which decode uses the matrix engine; fewer run on the vector engine");
  p.add("attention_packed_residency", packed_residency, between(1, 8), "decode work items that a unit holds at a time, 16-bit keys on the matrix engine");
  p.add("attention_vector_residency", vector_residency, between(1, 8), "likewise on the vector engine");
  p.add("attention_split_waves", split_waves, between(0, 64),
        "waves of items up to which a decode kernel splits the keys of long sequences; 0 = the split of least time");
  p.add("attention_folds_rotary", folds_rotary, "decode kernels for 8-bit keys rotate queries and write the cache themselves");
  p.add("attention_setup_kernels", setup_kernels, between(0, 16), "small kernels and clears queued ahead of decode attention, a launch each");
  p.add("attention_prompt_setup_kernels", prompt_setup_kernels, between(0, 16), "likewise ahead of a prompt's attention");
  p.add("exponentials", exponentials, between(1, 1024), "exponentials of a unit in a clock cycle");
}

} // namespace strata::core
