// SPDX-License-Identifier: Apache-2.0
#include "sc_main/command/platform_loading.hpp"

#include "platforms/search_path.hpp"
#include "sc_main/command/command_line.hpp"

namespace strata::cli {

std::vector<platforms::parameter_override> overrides_of(const std::vector<std::string>& set) {
  std::vector<platforms::parameter_override> overrides;
  for (const std::string& text : set)
    overrides.push_back(platforms::parse_override(text));
  return overrides;
}

std::vector<platforms::parameter_override> framework_overrides(const platforms::netlist& platform, const std::string& name) {
  const auto file = platforms::find_document("technology/framework_" + name, "");
  if (!file)
    throw base::input_error(command_line_location(), "--framework: there is no technology/framework_" + name +
                                                         ", expected vllm, sglang, trtllm or a name of your own");
  if (!platform.serving || platform.serving->scheduler.text.empty())
    throw base::input_error({platform.file, 0}, "the platform has no scheduler, whose costs --framework would set");
  const auto parsed = platforms::parse_netlist(
      "{platform: framework, modules: {host: {extends: technology/framework_" + name + "}}}", *file);
  std::vector<platforms::parameter_override> overrides;
  for (const auto* pool : {&platform.serving, &platform.decode})
    if (*pool && !(*pool)->scheduler.text.empty())
      for (const platforms::parameter_entry& p : parsed.modules.front().parameters)
        overrides.push_back({(*pool)->scheduler.text + "." + p.name, p.value, p.source, p.confidence, p.where});
  return overrides;
}

std::unique_ptr<platforms::platform> load_platform(const std::string& name, const std::vector<std::string>& set) {
  const auto overrides = overrides_of(set);
  return platforms::elaborate(platforms::check(platforms::load_netlist(platforms::find_platform(name), overrides), overrides));
}

ledger ledger_of(const platforms::platform& platform, const std::vector<unsigned>& replicas) {
  std::vector<ledger::entry> entries;
  for (const platforms::platform::element& e : platform.elements())
    entries.push_back({e.component, e.checked->path, e.checked->type->description->type,
                       e.checked->pooled ? 1 : replicas[e.checked->pool], e.checked->shared});
  return ledger(std::move(entries));
}

} // namespace strata::cli
