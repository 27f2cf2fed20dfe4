// SPDX-License-Identifier: Apache-2.0
// Dimensions of products and ratios. Kernel-free.
#pragma once

#include "models/base/quantity.hpp"

namespace strata::base {

/// Of a product for `sign` 1, of a ratio for -1.
dimension combined(dimension a, const dimension& b, int sign);

} // namespace strata::base
