// SPDX-License-Identifier: Apache-2.0
// Declaration of the fabric's energy.
#include "models/fabric/energy.hpp"

namespace strata::fabric {

void energy_config::parameters(base::parameter_list& p) {
  p.add("bit_energy", bit_energy, base::non_negative(), "energy of a bit on the fabric");
  p.add_choice("energy_basis", basis, {{"per_hop", energy_basis::per_hop}, {"end_to_end", energy_basis::end_to_end}},
               "per_hop: bit_energy is paid on every link; end_to_end: once, however far");
}

} // namespace strata::fabric
