// SPDX-License-Identifier: Apache-2.0
// `--set PATH=VALUE`: a parameter path with globs, e.g. "gpu[*].hbm.capacity=96 GB", "*.core.launch_latency=3 us",
// "serving.tensor=4", "sizes.gpus=2". The leading "platform." may be left out. Kernel-free.
#pragma once

#include "models/base/diagnostic.hpp"

#include <string>

namespace strata::platforms {

struct parameter_override {
  std::string path; ///< glob over "platform.gpu[3].hbm.capacity"
  std::string value, source, confidence;
  base::source_location where;
  std::string low = {}, high = {}; ///< range of an estimate, empty where none is given
};

/// The size that `o` sets ("gpus" for "sizes.gpus=4"), empty where it sets something else.
std::string size_name(const parameter_override& o);

/// Reads "PATH=VALUE". Throws base::input_error.
parameter_override parse_override(const std::string& text);

} // namespace strata::platforms
