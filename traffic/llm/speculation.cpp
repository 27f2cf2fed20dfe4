// SPDX-License-Identifier: Apache-2.0
#include "traffic/llm/speculation.hpp"

namespace strata::traffic {

namespace {

/// SplitMix64's output function: every bit of the result depends on every bit of `x`.
std::uint64_t mixed(std::uint64_t x) {
  x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9u;
  x = (x ^ x >> 27) * 0x94D049BB133111EBu;
  return x ^ x >> 31;
}

} // namespace

std::uint32_t accepted_tokens(const speculation& s, std::uint64_t request, std::uint32_t position) {
  constexpr std::uint64_t golden = 0x9E3779B97F4A7C15u;
  std::uint64_t state = mixed(mixed(s.seed + golden) ^ request) + position * golden;
  std::uint32_t accepted = 0;
  while (accepted < s.tokens) {
    state = mixed(state + golden);
    if (static_cast<double>(state >> 11) * 0x1p-53 >= s.acceptance)
      break;
    ++accepted;
  }
  return accepted;
}

llm_architecture draft_head(const llm_architecture& model) {
  llm_architecture head;
  head.name = model.name + " draft head";
  head.hidden = model.hidden;
  head.vocab = model.vocab;
  head.max_context = model.max_context;
  head.tied_embeddings = model.tied_embeddings;
  head.add_layer(model.layer(model.layers() - 1));
  return head;
}

} // namespace strata::traffic
