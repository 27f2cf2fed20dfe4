// SPDX-License-Identifier: Apache-2.0
// What every run checks of itself: conservation of bytes and energy, utilisation, Little's law, the roofline.
#pragma once

#include "sc_main/run/ledger.hpp"
#include "traffic/steps/replay.hpp"

#include <vector>

namespace strata::cli {

struct audit_input {
  const ledger* meters;
  const std::vector<double>* totals;      ///< final content of all meters
  const traffic::replay* run;
  const traffic::cluster* engines;
  double residence_s; ///< from arrival to end of the accepted requests, summed
  double elapsed_s;
};

std::vector<audit_result> audit(const audit_input& in);

} // namespace strata::cli
