// SPDX-License-Identifier: Apache-2.0
// Mixtures of the distributions that lengths of prompts and answers, and times between them, are described with.
// Kernel-free.
#pragma once

#include "traffic/requests/sampler.hpp"

#include <vector>

namespace strata::traffic {

enum class family {
  log_normal,  ///< scale: median; shape: sigma of the logarithm
  exponential, ///< scale: mean
  pareto,      ///< scale: the least value; shape: exponent of the tail
  uniform,     ///< scale, shape: the least and the greatest value
  constant     ///< scale
};

/// Of tokens, or of seconds.
struct mixture {
  struct part {
    double weight; ///< the weights sum to 1
    double scale;
    double shape = 0;
    family kind = family::log_normal;
  };
  std::vector<part> parts;
  double least = 1, most = 1u << 24; ///< samples are clipped
};

/// Sampling is by inversion (Box-Muller for the log-normal), so that it is equal on every C++ library.
double sample(sampler& random, const mixture& m);

/// Rounded, too.
std::uint32_t sample_tokens(sampler& random, const mixture& m);

} // namespace strata::traffic
