// SPDX-License-Identifier: Apache-2.0
// Environment, installation and source tree, in that order.
#include "sc_main/command/model_directories.hpp"

#include <cstdlib>
#include <filesystem>
#include <sstream>

namespace strata::cli {
namespace fs = std::filesystem;

std::vector<std::string> model_directories() {
  std::vector<std::string> candidates, result;
  if (const char* environment = std::getenv("STRATA_MODELS")) {
    std::istringstream list(environment);
    for (std::string folder; std::getline(list, folder, ':');)
      candidates.push_back(folder);
  }
  std::error_code ignored;
  const fs::path executable = fs::read_symlink("/proc/self/exe", ignored);
  candidates.push_back((executable.parent_path().parent_path() / "share/strata/models").string());
  candidates.push_back(STRATA_SOURCE_MODELS);
  for (const auto& folder : candidates)
    if (!folder.empty() && fs::is_directory(folder, ignored))
      result.push_back(folder);
  return result;
}

} // namespace strata::cli
