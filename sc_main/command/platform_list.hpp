// SPDX-License-Identifier: Apache-2.0
// What is shipped of platforms, with what each can serve and how well founded its numbers are.
#pragma once

#include "platforms/checked_platform.hpp"
#include "sc_main/command/text_table.hpp"

#include <string>

namespace strata::cli {

/// The bundled model of most parameters that `platform` serves without any option: in bf16, with room for the KV cache of
/// at least 4,096 tokens. Empty where there is none.
std::string largest_model(const platforms::checked_platform& platform);

/// A line for each shipped platform.
text_table platform_list();

} // namespace strata::cli
