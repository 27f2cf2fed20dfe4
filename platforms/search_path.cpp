// SPDX-License-Identifier: Apache-2.0
// Environment, installation and source tree, in that order.
#include "platforms/search_path.hpp"

#include "models/base/diagnostic.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <sstream>

namespace strata::platforms {
namespace fs = std::filesystem;

std::vector<std::string> platform_directories() {
  std::vector<std::string> candidates, result;
  if (const char* environment = std::getenv("STRATA_PLATFORMS")) {
    std::istringstream list(environment);
    for (std::string folder; std::getline(list, folder, ':');)
      candidates.push_back(folder);
  }
  std::error_code ignored;
  const fs::path executable = fs::read_symlink("/proc/self/exe", ignored);
  if (!executable.empty())
    candidates.push_back((executable.parent_path().parent_path() / "share/strata/platforms").string());
  candidates.push_back(STRATA_SOURCE_PLATFORMS);
  for (const std::string& c : candidates)
    if (!c.empty() && fs::is_directory(c, ignored))
      result.push_back(c);
  return result;
}

std::optional<std::string> find_document(const std::string& name, const std::string& first) {
  std::vector<fs::path> folders{""};
  if (!first.empty())
    folders.push_back(first);
  for (const std::string& folder : platform_directories())
    folders.push_back(folder);
  std::error_code ignored;
  for (const fs::path& folder : folders)
    for (const char* suffix : {"", ".yaml"}) {
      const fs::path file = folder / (name + suffix);
      if (fs::is_regular_file(file, ignored))
        return file.string();
    }
  return std::nullopt;
}

std::string find_platform(const std::string& name) {
  if (const auto file = find_document(name, ""))
    return *file;
  const std::vector<std::string> shipped = shipped_platforms();
  std::string names;
  for (const std::string& s : shipped)
    names += (names.empty() ? "" : ", ") + s;
  throw base::input_error({}, "no platform '" + name + "'" + base::did_you_mean(name, shipped) +
                                  ", expected a netlist file or one of " + names);
}

std::vector<std::string> shipped_platforms() {
  std::vector<std::string> names;
  for (const std::string& folder : platform_directories())
    for (const auto& file : fs::directory_iterator(folder))
      if (file.path().extension() == ".yaml")
        names.push_back(file.path().stem().string());
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

} // namespace strata::platforms
