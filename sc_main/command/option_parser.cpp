// SPDX-License-Identifier: Apache-2.0
#include "sc_main/command/option_parser.hpp"

#include "platforms/overrides.hpp"
#include "sc_main/command/command_line.hpp"
#include "sc_main/command/text_table.hpp"

#include <algorithm>

namespace strata::cli {
namespace {

[[noreturn]] void reject(const std::string& message) { throw base::input_error(command_line_location(), message); }

[[noreturn]] void reject_unknown(const std::string& option, const base::parameter_list& options) {
  std::vector<std::string> known{"--set", "--help"};
  for (const auto& name : options.names())
    known.push_back("--" + name);
  reject("unknown option '" + option + "'" + base::did_you_mean(option, known) +
         ", expected one of those that --help lists");
}

} // namespace

parsed_options parse_options(const std::vector<std::string>& arguments, const base::parameter_list& options) {
  parsed_options parsed;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string argument = arguments[i] == "-o" ? "--out" : arguments[i] == "-j" ? "--jobs" : arguments[i];
    if (argument == "--help" || argument == "-h") {
      parsed.help = true;
      return parsed;
    }
    if (argument.rfind('-', 0) != 0) {
      parsed.positional.push_back(argument);
      continue;
    }
    const auto equals = argument.find('=');
    const std::string option = argument.substr(0, equals), name = option.substr(std::min<std::size_t>(2, option.size()));
    const auto* p = option.rfind("--", 0) == 0 ? options.find(name) : nullptr;
    if (!p && option != "--set")
      reject_unknown(option, options);
    const bool flag = p && p->unit == "boolean";
    if (flag && equals != std::string::npos)
      reject("option '" + option + "': takes no value, but one is given");
    if (!flag && equals == std::string::npos && i + 1 == arguments.size())
      reject("option '" + option + "': its value is missing, expected one after it");
    const std::string value = flag ? "true" : equals != std::string::npos ? argument.substr(equals + 1) : arguments[++i];
    if (!p) {
      platforms::parse_override(value); // early, before anything is simulated
      parsed.set.push_back(value);
      continue;
    }
    if (!parsed.given.insert(name).second)
      reject(option + " is given twice, expected it once");
    try {
      p->set(value);
    } catch (const base::unit_error& e) {
      reject(option + ": " + e.what());
    }
  }
  return parsed;
}

std::string options_help(const base::parameter_list& options, const std::string& set_help) {
  constexpr std::size_t uncut = 1000; // descriptions are for reading: terminals wrap them
  text_table table({{"", text_table::align::left}, {"", text_table::align::left}});
  for (const auto& p : options.all()) {
    const bool choices = p.unit.find('|') != std::string::npos, flag = p.unit == "boolean";
    table.add({"  --" + p.name + (flag ? "" : p.unit == "text" ? " NAME" : " X"),
               p.description + (choices ? "; one of " + p.unit : "") +
                   (flag || p.get().empty() ? "" : " (default " + p.get() + ")")});
  }
  if (!set_help.empty())
    table.add({"  --set PATH=VALUE", set_help});
  return table.text(uncut);
}

} // namespace strata::cli
