// SPDX-License-Identifier: Apache-2.0
// Where shipped LLM architectures (a folder with a config.json each) are found.
#pragma once

#include <string>
#include <vector>

namespace strata::cli {

/// Folders searched in order: those of the environment variable STRATA_MODELS (separated by ':'), share/strata/models
/// beside the executable's folder, the source tree this executable was built from. Only existing ones.
std::vector<std::string> model_directories();

} // namespace strata::cli
