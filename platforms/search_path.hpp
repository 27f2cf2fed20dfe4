// SPDX-License-Identifier: Apache-2.0
// Where shipped netlists, device templates and technology files are found.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace strata::platforms {

/// Folders searched in order: those of the environment variable STRATA_PLATFORMS (separated by ':'), share/strata/
/// platforms beside the executable's folder, the source tree this library was built from. Only existing ones.
std::vector<std::string> platform_directories();

/// The file that `name` (with or without ".yaml") means: a path as it stands, else one below `first` (may be empty),
/// else one below a platform directory.
std::optional<std::string> find_document(const std::string& name, const std::string& first);

/// Path of a platform given by shipped name or path. Throws base::input_error listing what is shipped.
std::string find_platform(const std::string& name);

/// Names of the shipped platforms, sorted.
std::vector<std::string> shipped_platforms();

} // namespace strata::platforms
