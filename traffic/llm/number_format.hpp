// SPDX-License-Identifier: Apache-2.0
// How tensors are stored, scale factors included, and in which type products with them are formed. Kernel-free.
#pragma once

#include "models/core/command.hpp"

#include <string>

namespace strata::traffic {

struct number_format {
  const char* name = "bf16";
  double bits = 16; ///< per element, its share of the scale factors included
  core::data_type product = core::data_type::bf16;
  bool block_scaled = false; ///< scale factors by blocks are applied within the product

  double bytes() const { return bits / 8; }
  /// Activations must take the narrow type as well: they are quantised before the product.
  bool quantises_activations() const { return core::bits_of(product) <= 8; }
  /// By name; throws base::unit_error, saying what there is.
  static number_format parse(const std::string& name);
};
std::string to_text(const number_format& f);

/// Formats of a model's linear layers; embeddings, LM head, norms, biases and routers stay 16 bit, as in published
/// checkpoints.
struct weight_formats {
  number_format attention, ffn, experts;

  /// One format for all, or `attention=bf16,experts=mxfp4`, where those not named are bf16. Throws base::unit_error.
  static weight_formats parse(const std::string& text);
};
std::string to_text(const weight_formats& f);

} // namespace strata::traffic
