// SPDX-License-Identifier: Apache-2.0
// The requests that a run's options ask for.
#pragma once

#include "sc_main/run/run_options.hpp"
#include "traffic/requests/request_trace.hpp"

#include <memory>

namespace strata::cli {

/// With sessions whose tools are as `tools` says. Throws base::input_error for everything wrong with the files that `o` names.
std::unique_ptr<traffic::request_source> request_source_of(const run_options& o, traffic::tool_behaviour tools);

} // namespace strata::cli
