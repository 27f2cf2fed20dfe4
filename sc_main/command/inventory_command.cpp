// SPDX-License-Identifier: Apache-2.0
// `strata list`, `strata describe`, `strata datasheets`: what is shipped, and what it declares of itself.
#include "sc_main/command/command_line.hpp"
#include "sc_main/command/commands.hpp"
#include "sc_main/command/model_directories.hpp"
#include "sc_main/command/number_text.hpp"
#include "sc_main/command/option_parser.hpp"
#include "sc_main/command/output_directory.hpp"
#include "sc_main/command/platform_list.hpp"
#include "sc_main/command/platform_loading.hpp"
#include "sc_main/command/split_table.hpp"
#include "sc_main/command/text_table.hpp"
#include "sc_main/report/placement_report.hpp"
#include "sc_main/run/run_options.hpp"

#include "platforms/describe.hpp"
#include "platforms/elaborator.hpp"
#include "platforms/search_path.hpp"
#include "traffic/llm/llm_config.hpp"

#include <algorithm>
#include <iostream>

namespace strata::cli {
namespace {

using text_column = text_table::column;
constexpr std::size_t uncut = 1000; ///< summaries are for reading: terminals wrap them
const std::vector<text_column> name_and_summary{{"", text_table::align::left}, {"", text_table::align::left}};

[[noreturn]] void reject(const std::string& message) { throw base::input_error(command_line_location(), message); }

bool wants_help(const std::vector<std::string>& arguments) {
  return std::any_of(arguments.begin(), arguments.end(), [](const auto& a) { return a == "--help" || a == "-h"; });
}

text_table component_list() {
  text_table table(name_and_summary);
  for (const auto& type : platforms::component_table())
    table.add({type.description->type, type.description->summary});
  return table;
}

std::string attention_text(const traffic::attention_shape& a) {
  const std::string heads = std::to_string(a.heads) + " heads, ";
  return heads + (a.latent ? "latent KV of " + std::to_string(a.kv_elements()) : std::to_string(a.kv_heads) + " KV heads");
}

/// ", 8 of 128 experts (5.13 G active parameters)" or nothing.
std::string expert_text(const traffic::llm_architecture& model) {
  if (!model.has_experts())
    return "";
  const traffic::ffn_shape& f = model.kinds.back().ffn;
  return ", " + std::to_string(f.active) + " of " + std::to_string(f.experts) + " experts (" +
         with_prefix(model.active_parameter_count(), "") + " active)";
}

text_table model_list() {
  text_table table(name_and_summary);
  const auto directories = model_directories();
  for (const auto& name : traffic::bundled_models(directories)) {
    const auto model = traffic::load_llm(name, directories);
    table.add({name, with_prefix(model.parameter_count(), "") + " parameters, " + std::to_string(model.layers()) +
                         " layers, " + attention_text(model.kinds.back().attention) + expert_text(model) +
                         ", context " + std::to_string(model.max_context)});
  }
  return table;
}

} // namespace

int list_command(const std::vector<std::string>& arguments) {
  static const std::vector<std::string> kinds{"platforms", "models", "components"};
  if (wants_help(arguments)) {
    std::cout << "strata list platforms|models|components\n\nNames that other commands take, with a summary of each. Of platforms also the largest bundled model that\n"
                 "each serves without further options, and the shares of its numbers by confidence.\n";
    return success;
  }
  if (arguments.size() != 1)
    reject(std::to_string(arguments.size()) + " arguments of list given, expected platforms, models or components");
  const std::string& kind = arguments.front();
  if (kind == "platforms")
    std::cout << platform_list().text(uncut);
  else if (kind == "models")
    std::cout << model_list().text(uncut);
  else if (kind == "components")
    std::cout << component_list().text(uncut);
  else
    reject("cannot list '" + kind + "'" + base::did_you_mean(kind, kinds) +
           ", expected platforms, models or components");
  return success;
}

namespace {

struct describe_options {
  bool markdown = false;
  std::string model, floorplan;
  traffic::tensor_formats formats;
  traffic::placement placement = traffic::placement::square;
  std::uint32_t resident_layers = 0;
  decode_load load;
};

base::parameter_list parameters(describe_options& o) {
  base::parameter_list p;
  const std::string formats = "a format as of `strata run`";
  p.add("markdown", o.markdown, "print Markdown");
  p.add("model", o.model, "how the devices can share this model: what fits, room for KV cache, bound of a decode step; of a wafer where "
                          "its layers lie, what cores hold, path of a decode step");
  p.add_parsed("weights", o.formats.weights, formats, "format of the model's weights");
  p.add_parsed("kv-dtype", o.formats.kv, formats, "format of its KV cache");
  add_placement(p, o.placement, o.resident_layers);
  p.add("batch", o.load.sequences, base::between(1, 1e6), "with --model: sequences that decode");
  p.add("context", o.load.context, base::between(1, 1e7), "with --model: tokens of each");
  p.add("floorplan", o.floorplan, "file for a drawing of it (SVG)");
  return p;
}

int describe_placement(const describe_options& o, const platforms::checked_platform& platform) {
  if (platform.view.devices.empty())
    reject(platform.name + " has no serving section, expected a platform that serves models");
  const auto model = traffic::load_llm(o.model, model_directories());
  if (platform.view.devices.front().front().mesh.columns == 0 && o.floorplan.empty()) {
    std::cout << split_text(platform.view, model, o.formats, o.load);
    return success;
  }
  const auto plan = traffic::make_plan(platform.view, model, o.formats, {false, o.placement, o.resident_layers});
  std::cout << placement_text(plan, o.markdown);
  if (!o.floorplan.empty())
    replace_file(o.floorplan, floorplan_svg(plan));
  return success;
}

} // namespace

int describe_command(const std::vector<std::string>& arguments, const std::string& default_platform) {
  describe_options o;
  const base::parameter_list options = parameters(o);
  parsed_options parsed = parse_options(arguments, options);
  if (parsed.help) {
    std::cout << "strata describe PLATFORM|COMPONENT [options]\n\n"
                 "Of a platform: modules, parameters with unit, source and confidence, bindings, address map; with --model\n"
                 "where the model lies on its wafers. Of a component: sockets, parameters, meters, timing, what is not\n"
                 "modelled, accuracy.\n\n"
              << options_help(options, "override a parameter of the platform; may be repeated");
    return success;
  }
  std::vector<std::string>& names = parsed.positional;
  if (names.empty() && !default_platform.empty())
    names.push_back(default_platform);
  if (names.size() != 1)
    reject(std::to_string(names.size()) + " names given, expected one platform or component");
  if (o.model.empty() && (parsed.given.count("floorplan") || parsed.given.count("placement")))
    reject("--floorplan and --placement need a --model");
  const std::string& name = names.front();
  if (const auto* type = platforms::find_component_type(name)) {
    if (!o.model.empty() || !parsed.set.empty())
      reject("'" + name + "' is a component, expected a platform with --model or --set");
    std::cout << (o.markdown ? platforms::datasheet_markdown(*type) : platforms::component_text(*type));
    return success;
  }
  const auto file = platforms::find_document(name, "");
  if (!file) {
    auto known = platforms::shipped_platforms();
    const auto components = platforms::component_type_names();
    known.insert(known.end(), components.begin(), components.end());
    reject("there is no platform or component '" + name + "'" + base::did_you_mean(name, known) +
           ", expected a name that `strata list` prints or a netlist");
  }
  const auto overrides = overrides_of(parsed.set);
  const auto checked = platforms::check(platforms::load_netlist(*file, overrides), overrides);
  if (!o.model.empty())
    return describe_placement(o, checked);
  std::cout << (o.markdown ? platforms::platform_markdown(checked) : platforms::platform_text(checked));
  return success;
}

int datasheets_command(const std::vector<std::string>& arguments) {
  if (wants_help(arguments)) {
    std::cout << "strata datasheets FOLDER\n\nWrites FOLDER/<component>.md for every component.\n";
    return success;
  }
  if (arguments.size() != 1)
    reject(std::to_string(arguments.size()) + " arguments of datasheets given, expected one folder");
  const std::filesystem::path folder = arguments.front();
  std::filesystem::create_directories(folder);
  for (const auto& type : platforms::component_table())
    write_file(folder / (type.description->type + ".md"), platforms::datasheet_markdown(type));
  return success;
}

} // namespace strata::cli
