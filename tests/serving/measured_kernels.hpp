// SPDX-License-Identifier: Apache-2.0
// Kernels of shipped platforms measured in processes of their own, so that one test can compare several platforms or
// settings: SystemC elaborates once per process.
#pragma once

#include "models/base/diagnostic.hpp"
#include "sc_main/kernel/kernel_report.hpp"
#include "tests/serving/apart.hpp"

#include <string>
#include <utility>
#include <vector>

namespace strata::tests {

using kernel_shape = std::vector<std::pair<std::string, std::string>>;

/// kernel_document() of one kernel of kind `op`; `set` are overrides "PATH=VALUE".
inline nlohmann::json measured(const std::string& platform, const std::string& op, const kernel_shape& shape,
                               const std::vector<std::string>& set = {}) {
  return apart([&] {
    const auto kind = cli::find_kernel_kind("op", op).make();
    for (const auto& [name, value] : shape)
      kind->shape().find(name)->set(value);
    return cli::kernel_document(cli::measure_kernel(platform, set, op, *kind));
  });
}

inline double seconds(const nlohmann::json& kernel) { return kernel.at("time_s").get<double>(); }

} // namespace strata::tests
