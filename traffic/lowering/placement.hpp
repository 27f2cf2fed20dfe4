// SPDX-License-Identifier: Apache-2.0
// How pipeline stages become rectangles of a mesh of cores. Kernel-free.
#pragma once

namespace strata::traffic {

/// Rows of rectangles that are as square as can be, or of all foldings the one whose decode step is shortest.
enum class placement { square, shortest };

} // namespace strata::traffic
