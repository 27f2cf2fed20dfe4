// SPDX-License-Identifier: Apache-2.0
// Text traces of single memory accesses.
#pragma once

#include "models/dram/patterns.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace strata::cli {

/// One access a line, `[TIME] R|W 0xADDRESS`: nanoseconds since the start, in all lines (never decreasing) or in none;
/// a byte address below `capacity`. Empty lines and those that begin with '#' are skipped. Throws base::input_error
/// with file:line.
std::vector<dram::access> read_access_trace(const std::string& file, std::uint64_t capacity);

} // namespace strata::cli
