// SPDX-License-Identifier: Apache-2.0
#include "sc_main/platform_loading.hpp"

#include "platforms/search_path.hpp"

namespace strata::cli {

std::vector<platforms::parameter_override> overrides_of(const std::vector<std::string>& set) {
  std::vector<platforms::parameter_override> overrides;
  for (const std::string& text : set)
    overrides.push_back(platforms::parse_override(text));
  return overrides;
}

std::unique_ptr<platforms::platform> load_platform(const std::string& name, const std::vector<std::string>& set) {
  return platforms::elaborate(platforms::check(platforms::load_netlist(platforms::find_platform(name)), overrides_of(set)));
}

ledger ledger_of(const platforms::platform& platform) {
  std::vector<ledger::entry> entries;
  for (const platforms::platform::element& e : platform.elements())
    entries.push_back({e.component, e.checked->path, e.checked->type->description->type});
  return ledger(std::move(entries));
}

} // namespace strata::cli
