// SPDX-License-Identifier: Apache-2.0
// From a name and `--set` overrides to a platform, and from a platform to the ledger of its meters.
#pragma once

#include "platforms/elaborator.hpp"
#include "sc_main/run/ledger.hpp"

#include <memory>
#include <string>
#include <vector>

namespace strata::cli {

/// "PATH=VALUE" texts, read.
std::vector<platforms::parameter_override> overrides_of(const std::vector<std::string>& set);

/// Overrides that give the scheduler of `platform` the parameters of technology/framework_NAME. Throws
/// base::input_error where there is no such file or the platform has no scheduler.
std::vector<platforms::parameter_override> framework_overrides(const platforms::netlist& platform, const std::string& name);

/// The shipped platform `name`, or the netlist of that path, elaborated. Throws base::input_error.
std::unique_ptr<platforms::platform> load_platform(const std::string& name, const std::vector<std::string>& set);

/// All components of `platform`, of whose pools there are so many.
ledger ledger_of(const platforms::platform& platform, const std::vector<unsigned>& replicas = {1, 1});

} // namespace strata::cli
