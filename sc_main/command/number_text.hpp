// SPDX-License-Identifier: Apache-2.0
// Figures as people read them: four significant digits, an SI prefix where the unit takes one. Files get exact
// numbers; only the terminal and the readable report are rounded.
#pragma once

#include <string>

namespace strata::cli {

/// "12.34 ms", "3.35 TB/s", "70.55 G" (unit ""). Seconds above one second, and whatever is 0, take no prefix.
std::string with_prefix(double value, const std::string& unit);

/// Four significant digits without exponent below 10^7, e.g. "0.3124", "18230".
std::string plain(double value);

/// "63.1 %" for 0.631; below 1 % two significant digits.
std::string percent(double share);

} // namespace strata::cli
