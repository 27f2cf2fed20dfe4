// SPDX-License-Identifier: Apache-2.0
// Reads a model's shape from a Hugging Face config.json exactly as published. Kernel-free.
#pragma once

#include "traffic/llm/llm.hpp"

namespace strata::traffic {

/// Reads `text`, the content of `file`. Throws base::input_error (file:line) where it is no JSON, the model family is
/// not supported, a key is missing or ill-typed, or the shape is one that cannot be. Keys without influence on the
/// shape are ignored, `quantization_config` among them: number formats are the caller's choice.
llm_architecture parse_llm(const std::string& name, const std::string& file, const std::string& text);

/// Loads a bundled model by name (a folder with a config.json in one of `directories`), or a config.json, or its
/// folder. Throws base::input_error, listing what is bundled where nothing is found.
llm_architecture load_llm(const std::string& name_or_path, const std::vector<std::string>& directories);

/// Names of the models in `directories`, sorted.
std::vector<std::string> bundled_models(const std::vector<std::string>& directories);

} // namespace strata::traffic
