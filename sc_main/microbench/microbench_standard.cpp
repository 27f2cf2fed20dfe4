// SPDX-License-Identifier: Apache-2.0
// From --standard, --pattern, --fidelity and --set to the configuration of one memory.
#include "sc_main/command/command_line.hpp"
#include "sc_main/microbench/microbench.hpp"

#include "platforms/document.hpp"
#include "platforms/expansion.hpp"
#include "platforms/search_path.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>

namespace strata::cli {
namespace {

/// Names of the shipped technologies of a component type, sorted.
std::vector<std::string> technologies(const std::string& type) {
  namespace fs = std::filesystem;
  std::vector<std::string> names;
  for (const auto& folder : platforms::platform_directories()) {
    std::error_code ignored;
    for (const auto& file : fs::directory_iterator(fs::path(folder) / "technology", ignored)) {
      const auto document = platforms::read_document(file.path().string());
      const auto* named = document.find("type");
      if (named && named->text == type)
        names.push_back(file.path().stem().string());
    }
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

std::string find_standard(const std::string& standard, const std::string& type) {
  std::string name = standard;
  std::replace(name.begin(), name.end(), '-', '_');
  if (const auto file = platforms::find_document("technology/" + name, ""))
    return *file;
  if (std::filesystem::is_regular_file(standard))
    return standard;
  const auto known = technologies(type);
  std::string names;
  for (const auto& k : known)
    names += (names.empty() ? "" : ", ") + k;
  throw base::input_error(command_line_location(), "--standard: there is no technology '" + standard + "'" +
                          base::did_you_mean(name, known) + ", expected a file or one of " + names);
}

void set(platforms::instance& memory, const platforms::parameter_override& o) {
  const auto& parameters = memory.config->parameters();
  const auto* p = parameters.find(o.path);
  if (!p)
    throw base::input_error(o.where, memory.type->description->type + " has no parameter '" + o.path + "'" +
                            base::did_you_mean(o.path, parameters.names()) + ", expected one that `strata describe " +
                            memory.type->description->type + "` lists");
  try {
    p->set(o.value);
  } catch (const base::unit_error& e) {
    throw base::input_error(o.where, "parameter '" + o.path + "': " + e.what());
  }
}

/// What a pattern is about: which bits of the address choose row, bank and column.
std::vector<std::string> presets(bench_pattern p) {
  if (p == bench_pattern::seq_columns)
    return {"mapping=row bank bank_group column channel", "bank_hash=false"};
  if (p == bench_pattern::row_miss)
    return {"bank_hash=false"};
  return {};
}

} // namespace

standard_memory load_standard(const microbench_options& o) {
  const std::string type = o.memory == bench_memory::dram ? "dram_controller" : "sram_tile";
  const std::string file = find_standard(o.standard, type);
  const auto netlist = platforms::parse_netlist(
      "{platform: microbench, modules: {memory: {extends: " + nlohmann::json(std::filesystem::absolute(file).string()).dump() + "}}}",
      file);
  base::diagnostics problems;
  platforms::expansion expanded(netlist, problems);
  expanded.set_parameters({});
  problems.throw_if_any();
  if (expanded.instances().size() != 1 || expanded.instances().front().type->description->type != type)
    throw base::input_error({file, 0}, "is no technology of a " + type + ", expected one of those for this memory");
  auto& memory = expanded.instances().front();
  std::vector<std::string> overrides = presets(o.pattern);
  overrides.insert(overrides.end(), o.set.begin(), o.set.end());
  overrides.push_back(o.fidelity == bench_fidelity::burst ? "fidelity=burst" : "fidelity=stream"); // --fidelity decides
  for (const auto& text : overrides)
    set(memory, platforms::parse_override(text));
  try {
    memory.config->validate();
  } catch (const base::input_error& e) {
    throw base::input_error(command_line_location(), std::string("--set: ") + e.what());
  }
  standard_memory result;
  result.file = file;
  if (const auto* dram = memory.config->as<dram::dram_config>())
    result.dram = *dram;
  if (const auto* sram = memory.config->as<sram::sram_config>())
    result.sram = *sram;
  for (const auto& p : memory.config->parameters().all())
    result.parameters.emplace_back(p.name, p.get());
  return result;
}

} // namespace strata::cli
