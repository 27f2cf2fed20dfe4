// SPDX-License-Identifier: Apache-2.0
// What each mechanism of the model does for the accuracy: a validation repeated with one of them switched off at a
// time by `--set`.
#pragma once

#include "sc_main/validate/validation.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace strata::cli {

/// A way to do without a mechanism; all devices of a platform have these parameters.
struct mechanism {
  const char* name;
  std::vector<std::string> off; ///< "PATH=VALUE"
};
const std::vector<mechanism>& mechanisms();

struct ablation {
  std::string name; ///< "" = nothing switched off
  std::vector<std::string> off;
  error_statistics all;
};

/// The validation as it is, then without each mechanism, each in a process of its own. Must be called before anything
/// of SystemC is elaborated. Throws base::input_error where the validation itself does.
std::vector<ablation> ablate(const validation_options& options);

std::string ablation_text(const std::vector<ablation>& variants);
nlohmann::ordered_json ablation_document(const std::vector<ablation>& variants);

} // namespace strata::cli
