// SPDX-License-Identifier: Apache-2.0
// What a simulated step cost: the currency between the issuer (which simulates steps), the step cache (which reuses
// them) and the replay (which adds them up). Kernel-free.
#pragma once

#include <vector>

namespace strata::traffic {

struct step_outcome {
  double latency_s = 0;           ///< from submission to the last completion signal
  double interval_s = 0;          ///< how closely such steps follow each other through the pipeline
  double bound_s = 0;             ///< roofline: no step is faster
  std::vector<double> meters;     ///< change of every meter's amount and busy time, in the platform's order
};

} // namespace strata::traffic
