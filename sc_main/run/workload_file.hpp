// SPDX-License-Identifier: Apache-2.0
// Workloads described in YAML, docs/requests.md.
#pragma once

#include "traffic/requests/workload.hpp"

#include <string>

namespace strata::cli {

/// Throws base::input_error with every problem of `file`, each with its line.
traffic::workload read_workload(const std::string& file);

} // namespace strata::cli
