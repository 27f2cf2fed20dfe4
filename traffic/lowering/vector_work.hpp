// SPDX-License-Identifier: Apache-2.0
// Vector operations per element of the element-wise kernels: what lowering and kernel measurements queue alike.
#pragma once

namespace strata::traffic {

constexpr double norm_ops = 5;     ///< residual sum; square, mean, scale and weight of an RMS norm
constexpr double silu_ops = 5;     ///< SiLU (exp, add, divide) times gate
constexpr double rope_ops = 3;     ///< rotation of a pair
constexpr double sample_ops = 3;   ///< running maximum, exponential and sum
constexpr double quantise_ops = 2; ///< maximum, scaling
constexpr double merge_ops = 2;    ///< partial output of attention: weighted (its exponential is one of a row), added
constexpr double route_ops = 4;    ///< exponential, sum and choice of the best experts

} // namespace strata::traffic
