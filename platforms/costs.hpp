// SPDX-License-Identifier: Apache-2.0
// What a platform costs to own and to run, as its netlist says. Kernel-free.
#pragma once

#include "models/base/parameter.hpp"

namespace strata::platforms {

struct platform_costs {
  using energy_price = base::quantity<0, 0, 0, -1, 0, 1>; ///< USD/J

  base::money price;                                        ///< of the whole platform; 0 = not known
  base::money memory;                                       ///< of the price, what a change of memory prices moves
  base::money decode;                                       ///< of the price, the decode pool; 0 = not known
  base::money pooled;                                       ///< of the price, what replicas have together
  base::duration lifetime = base::duration::of(5 * 365 * 86400.0); ///< over which the price is spread evenly
  energy_price energy = energy_price::of(0.08 / 3.6e6);
  double overhead = 1.3;                                    ///< energy at the meter over that at the platform's wall

  void parameters(base::parameter_list& p) {
    p.add("price", price, base::non_negative(), "of the whole platform, 0 = not known");
    p.add("memory", memory, base::non_negative(), "part of the price that memory chips are: what a change of their price moves");
    p.add("decode", decode, base::non_negative(), "part of the price that the decode pool is, where there are two; with other numbers "
                                                   "of replicas of the pools costs follow from it");
    p.add("pooled", pooled, base::non_negative(), "part of the price that is paid once however many replicas there are: what they have together");
    p.add("lifetime", lifetime, base::positive(), "over which the price is spread evenly");
    p.add("energy", energy, base::non_negative(), "price of energy at the meter");
    p.add("overhead", overhead, base::between(1, 10), "energy of the site over that of the platform at the wall: cooling of the room, conversion");
  }
  /// Of so many replicas of each pool, or of the whole; 0 where that is not known.
  double price_of(const std::vector<unsigned>& replicas) const {
    const double each = (price - pooled).value();
    if (replicas.front() == replicas.back())
      return each > 0 ? pooled.value() + each * replicas.front() : 0;
    return decode.value() > 0 ? pooled.value() + (each - decode.value()) * replicas.front() + decode.value() * replicas.back() : 0;
  }
  double capital_per_s(double of_price) const { return of_price / lifetime.value(); }
  double energy_usd(double joules) const { return joules * overhead * energy.value(); }
};

} // namespace strata::platforms
