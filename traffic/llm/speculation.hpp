// SPDX-License-Identifier: Apache-2.0
// Speculative decoding: a drafter proposes tokens, the model verifies them all in one step. Who drafts, and how many
// of the proposals are accepted. Kernel-free.
#pragma once

#include "traffic/llm/llm.hpp"

#include <cstdint>

namespace strata::traffic {

/// How many tokens are drafted for a sequence in a step, and how they fare.
struct speculation {
  std::uint32_t tokens = 0; ///< 0 = none
  double acceptance = 0;    ///< probability that one is accepted where those before it are, 0 .. 1
  std::uint64_t seed = 1;
};

/// Of the tokens drafted behind output `position` of `request`, how many are accepted: each with the same probability,
/// until the first that is not (Leviathan et al., Fast Inference from Transformers via Speculative Decoding, ICML 2023).
/// The same on every machine, and whatever else is in the step.
std::uint32_t accepted_tokens(const speculation& s, std::uint64_t request, std::uint32_t position);

/// Who drafts.
struct drafter {
  const llm_architecture* model = nullptr; ///< null = nobody
  bool shares_embedding = false;           ///< a head on the model: embedding and LM head are the model's own
};

/// A head that drafts as EAGLE's and multi-token prediction modules do: one layer like the model's last one, behind its
/// embedding and before its LM head. The projection that joins hidden state and embedding is left out.
llm_architecture draft_head(const llm_architecture& model);

} // namespace strata::traffic
