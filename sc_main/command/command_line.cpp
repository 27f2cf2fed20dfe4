// SPDX-License-Identifier: Apache-2.0
// The command line of `run` and `compare`.
#include "sc_main/command/command_line.hpp"

#include "platforms/overrides.hpp"

#include <boost/program_options.hpp>

#include <algorithm>
#include <sstream>

namespace strata::cli {
namespace po = boost::program_options;
namespace {

/// Which kind of traffic an option belongs to; options not listed go with every kind.
struct traffic_option {
  const char* name;
  std::vector<traffic_kind> kinds;
};
const std::vector<traffic_option>& traffic_options() {
  using k = traffic_kind;
  static const std::vector<traffic_option> table{
      {"requests", {k::trace, k::workload, k::closed, k::generated, k::benchmark}},
      {"rate-scale", {k::trace, k::workload}},
      {"sessions", {k::trace}},
      {"tool-speed", {k::trace, k::workload}},
      {"tool-cpu", {k::trace, k::workload}},
      {"tool-mix", {k::trace, k::workload}},
      {"tool-cores", {k::trace, k::workload}},
      {"people", {k::trace, k::workload}},
      {"prompt", {k::batch, k::closed}},
      {"output", {k::batch, k::closed}},
      {"length-spread", {k::closed}},
      {"rate", {k::generated, k::benchmark}},
      {"prompt-median", {k::generated}},
      {"prompt-sigma", {k::generated}},
      {"output-median", {k::generated}},
      {"output-sigma", {k::generated}},
      {"seed", {k::workload, k::closed, k::generated, k::benchmark}},
  };
  return table;
}

/// The options that choose a kind of traffic, and what follows them.
struct kind_option {
  const char* name;
  const char* value;
  traffic_kind kind;
};
constexpr kind_option kind_options[] = {{"trace", " FILE", traffic_kind::trace},
                                        {"workload", " FILE", traffic_kind::workload},
                                        {"batch", " B", traffic_kind::batch},
                                        {"clients", " N", traffic_kind::closed},
                                        {"generate", "", traffic_kind::generated},
                                        {"scenario", " NAME", traffic_kind::benchmark}};

/// "--a, --b or --c" of those of `kinds`.
std::string options_of(const std::vector<traffic_kind>& kinds, bool with_values, const char* last) {
  std::vector<std::string> names;
  for (const kind_option& k : kind_options)
    if (std::find(kinds.begin(), kinds.end(), k.kind) != kinds.end())
      names.push_back(std::string("--") + k.name + (with_values ? k.value : ""));
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i)
    text += (i == 0 ? "" : i + 1 < names.size() ? ", " : last) + names[i];
  return text;
}

std::string value_name(const base::parameter& p) { return p.unit == "integer" ? "N" : p.unit.empty() ? "X" : "NAME"; }

std::string help_line(const base::parameter& p) {
  std::string text = p.description;
  if (p.unit.find('|') != std::string::npos)
    text += "; one of " + p.unit;
  if (!p.range.empty() && p.range != ">= 0")
    text += "; " + p.range;
  if (p.unit != "boolean" && !p.get().empty())
    text += " (default " + p.get() + ")";
  return text;
}

po::options_description described(const std::vector<option_group>& groups) {
  constexpr unsigned width = 100, description_width = 68;
  po::options_description all("", width, description_width);
  for (const auto& group : groups) {
    po::options_description section(group.title, width, description_width);
    for (const auto& p : group.options.all()) {
      if (p.unit == "boolean")
        section.add_options()(p.name.c_str(), help_line(p).c_str());
      else
        section.add_options()(p.name.c_str(), po::value<std::string>()->value_name(value_name(p)), help_line(p).c_str());
    }
    all.add(section);
  }
  po::options_description others("Others", width, description_width);
  others.add_options()("set", po::value<std::vector<std::string>>()->value_name("PATH=VALUE"),
                       "override a parameter of the netlist, e.g. \"gpu[*].hbm.channels=40\"; may be repeated")(
      "verbose,v", "more messages on stderr; may be repeated")("quiet,q", "fewer messages on stderr")(
      "help,h", "this text");
  all.add(others);
  return all;
}

[[noreturn]] void reject(const std::string& message) { throw base::input_error(command_line_location(), message); }

void check_traffic(const run_options& o, const std::vector<std::string>& given) {
  const auto has = [&](const char* name) { return std::find(given.begin(), given.end(), name) != given.end(); };
  for (const auto& [name, file] : {std::pair{"trace", &o.trace}, {"workload", &o.workload}})
    if (has(name) && file->empty())
      reject(std::string("--") + name + ": the name is empty, expected a file");
  std::vector<traffic_kind> all, chosen;
  for (const kind_option& k : kind_options) {
    all.push_back(k.kind);
    if (has(k.name))
      chosen.push_back(k.kind);
  }
  for (const char* number : {"batch", "clients"})
    if (has(number) && (std::string(number) == "batch" ? o.batch : o.clients) == 0)
      reject(std::string("--") + number + ": '0' is out of range, expected >= 1");
  if (chosen.empty())
    reject("no traffic given, expected " + options_of(all, true, " or "));
  if (chosen.size() > 1)
    reject("several kinds of traffic given, expected only one of " + options_of(all, false, " and "));
  for (const char* name : {"draft", "acceptance"})
    if (has(name) && o.speculate == 0)
      reject(std::string("--") + name + " has no meaning without --speculate, expected how many tokens to draft");
  for (const auto& option : traffic_options())
    if (has(option.name) && !((o.speculate > 0 || o.whole_calls) && option.name == std::string("seed")) && std::find(option.kinds.begin(), option.kinds.end(), chosen.front()) == option.kinds.end())
      reject(std::string("--") + option.name + " has no meaning with " + options_of(chosen, false, "") +
             ", expected it only with " + options_of(option.kinds, false, " or "));
  if (o.requests == 0 && chosen.front() == traffic_kind::generated)
    reject("--generate without --requests, expected how many requests to generate");
  if (o.requests == 0 && chosen.front() == traffic_kind::closed)
    reject("--clients without --requests, expected how many requests they send together");
}

/// Where a scenario with latencies has no rate, it is searched for.
void check_scenario(run_options& o, const std::vector<std::string>& given) {
  const bool rate = std::find(given.begin(), given.end(), "rate") != given.end();
  if (o.traffic() == traffic_kind::none)
    reject("--scenario none is no traffic, expected offline, server or interactive");
  if (o.scenario == traffic::scenario::offline && rate)
    reject("--rate has no meaning with --scenario offline, expected server or interactive");
  o.search_rate = o.scenario != traffic::scenario::none && o.scenario != traffic::scenario::offline && !rate;
}

void check_tools(const run_options& o, const std::vector<std::string>& given) {
  const auto has = [&](const char* name) { return std::find(given.begin(), given.end(), name) != given.end(); };
  for (const char* name : {"tool-mix", "tool-cores"})
    if (has(name) && o.tool_cpu == 0)
      reject(std::string("--") + name + " has no meaning without --tool-cpu, expected a share above 0");
  if (o.prefetch != prefetching::off && !o.prefix_cache)
    reject("--prefetch: no prompt is held for later ones, expected --prefix-cache on");
  if (o.write_through && !o.prefix_cache)
    reject("--write-through: no prompt is held for later ones, expected --prefix-cache on");
  if (has("foresee") && o.prefetch != prefetching::on_return)
    reject("--foresee has no meaning without --prefetch return");
}

void check_replicas(const run_options& o, const std::vector<std::string>& given) {
  const bool router = std::find(given.begin(), given.end(), "router") != given.end();
  const bool several = std::max({o.replicas, o.prefill_replicas, o.decode_replicas}) > 1;
  if (several && o.fidelity != fidelity::step)
    reject("--replicas: only what one replica's steps cost is simulated and all reuse it, expected --fidelity step");
  if (router && !several)
    reject("--router has no meaning with one replica, expected --replicas 2 or more");
  if (router && o.router == traffic::routing::kv_aware && !o.prefix_cache)
    reject("--router kv-aware: no prompt is held for later ones, expected --prefix-cache on");
}

po::parsed_options tokens(const std::vector<std::string>& arguments, const po::options_description& options) {
  try {
    namespace style = po::command_line_style;
    return po::command_line_parser(arguments)
        .options(options)
        .style(style::allow_long | style::long_allow_next | style::long_allow_adjacent | style::allow_short |
               style::short_allow_next | style::allow_dash_for_short | style::allow_sticky)
        .run();
  } catch (const po::unknown_option& e) {
    std::vector<std::string> names;
    for (const auto& o : options.options())
      names.push_back("--" + o->long_name());
    reject("unknown option '" + e.get_option_name() + "'" + base::did_you_mean(e.get_option_name(), names) +
           ", expected one of those that --help lists");
  } catch (const po::invalid_command_line_syntax& e) {
    reject("option '" + e.get_option_name() + "': " +
           (e.kind() == po::invalid_syntax::extra_parameter ? "takes no value, but one is given"
                                                            : "its value is missing, expected one after it"));
  } catch (const po::error& e) {
    reject(e.what());
  }
}

} // namespace

base::source_location command_line_location() { return {"command line", 0}; }

run_arguments parse_run_arguments(const std::vector<std::string>& arguments) {
  run_arguments result;
  const auto groups = option_groups(result.options);
  const auto options = described(groups);
  std::vector<std::string> given;
  for (const auto& token : tokens(arguments, options).options) {
    const std::string& name = token.string_key;
    if (name.empty() || token.position_key >= 0) {
      result.platforms.insert(result.platforms.end(), token.value.begin(), token.value.end());
    } else if (name == "set") {
      result.options.set.insert(result.options.set.end(), token.value.begin(), token.value.end());
    } else if (name == "verbose") {
      ++result.verbosity;
    } else if (name == "quiet") {
      --result.verbosity;
    } else if (name == "help") {
      result.help = true;
    } else {
      if (std::find(given.begin(), given.end(), name) != given.end())
        reject("--" + name + " is given twice, expected it once");
      given.push_back(name);
      for (const auto& group : groups)
        if (const auto* p = group.options.find(name)) {
          try {
            p->set(p->unit == "boolean" ? "true" : token.value.front());
          } catch (const base::unit_error& e) {
            reject("--" + name + ": " + e.what());
          }
        }
    }
  }
  if (!result.help) {
    check_traffic(result.options, given);
    check_scenario(result.options, given);
    for (const auto& text : result.options.set)
      platforms::parse_override(text); // early, before anything is simulated
    check_replicas(result.options, given);
    check_tools(result.options, given);
    if (!result.options.perfetto.empty() && result.options.fidelity == fidelity::step)
      reject("--perfetto: at step fidelity most steps are not simulated, expected --fidelity stream or burst");
    if (result.options.model.empty())
      reject("no --model given, expected one of `strata list models` or a config.json");
  }
  return result;
}

std::string run_options_help() {
  run_options defaults;
  std::ostringstream text;
  text << described(option_groups(defaults));
  return text.str();
}

} // namespace strata::cli
