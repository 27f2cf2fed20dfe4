// SPDX-License-Identifier: Apache-2.0
// The ways in which a platform's devices can share a model: what fits, room for KV cache, and what a decode step is bound to.
#pragma once

#include "traffic/lowering/serving_plan.hpp"

#include <string>

namespace strata::cli {

/// A step that splits are compared on.
struct decode_load {
  std::uint32_t sequences = 256; ///< over all devices
  std::uint32_t context = 2048;  ///< tokens of each
};

/// A row for each split into powers of two, or all, of tensor ranks and pipeline stages, with replicas of them on the other
/// devices; the netlist's is marked. Weights that do not fit are named below, with the bytes that lack.
std::string split_text(const traffic::platform_view& platform, const traffic::llm_architecture& model, const traffic::tensor_formats& formats,
                       const decode_load& load);

} // namespace strata::cli
