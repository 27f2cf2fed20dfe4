// SPDX-License-Identifier: Apache-2.0
// What `strata kernel` prints.
#pragma once

#include "sc_main/kernel/kernel_measurement.hpp"

#include <nlohmann/json.hpp>

namespace strata::cli {

std::string kernel_text(const kernel_result& r);
nlohmann::ordered_json kernel_document(const kernel_result& r);

} // namespace strata::cli
