// SPDX-License-Identifier: Apache-2.0
// Energy of words on the fabric. Kernel-free.
#pragma once

#include "models/base/parameter.hpp"

namespace strata::fabric {

/// The one published figure, 0.15 pJ/bit (chart caption in an article on Cerebras, no primary source), does not say
/// what for. Read as per hop a word over 600 hops costs 90 pJ/bit; read end to end it costs the same however far.
enum class energy_basis { per_hop, end_to_end };

struct energy_config {
  base::energy_per_bit bit_energy = base::energy_per_bit::of(0.15e-12);
  energy_basis basis = energy_basis::per_hop;
  void parameters(base::parameter_list& p);

  /// Of `words` words that pass `word_hops` links in all.
  base::energy of(double words, double word_hops, unsigned word_bits = 32) const {
    return bit_energy * base::bits::of((basis == energy_basis::per_hop ? word_hops : words) * word_bits);
  }
};

} // namespace strata::fabric
