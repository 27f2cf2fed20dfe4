// SPDX-License-Identifier: Apache-2.0
// Arithmetic on figures, bounds, netlist look-up.
#include "sc_main/claims/verdict.hpp"

#include "platforms/elaborator.hpp"
#include "platforms/search_path.hpp"

#include <algorithm>
#include <map>

namespace strata::cli {
namespace {

using origin = claim_figure::origin;

figure_value combined(const claim_figure& f, const std::vector<figure_value>& figures) {
  figure_value result = figures[f.operands.front()];
  for (std::size_t i = 1; i < f.operands.size(); ++i) {
    const figure_value& operand = figures[f.operands[i]];
    if (f.from == origin::product) {
      result = product(result, operand);
    } else if (f.from == origin::ratio) {
      if (operand.value == 0)
        throw base::input_error(f.where, "figure '" + f.name + "' divides by zero");
      result = ratio(result, operand);
    } else {
      if (operand.unit != result.unit)
        throw base::input_error(f.where, "figure '" + f.name + "' puts " + to_text(result.unit) + " and " + to_text(operand.unit) +
                                             " together, expected the same unit");
      result.value += f.from == origin::sum ? operand.value : -operand.value;
    }
  }
  return result;
}

bool within(const claim_case& c, const claim_figure& figure, const figure_value& value) {
  for (const auto* bound : {&c.least, &c.most})
    if (*bound && (*bound)->unit != value.unit)
      throw base::input_error(c.where, "figure '" + figure.name + "' is in " + to_text(value.unit) + " and its bound in " +
                                           to_text((*bound)->unit) + ", expected the same unit");
  return (!c.least || value.value >= c.least->value) && (!c.most || value.value <= c.most->value);
}

} // namespace

std::string to_text(verdict v) {
  return v == verdict::holds ? "holds" : v == verdict::fails ? "does not hold" : "holds only if";
}

std::string ruling_text(const settled_claim& c) {
  std::string text = to_text(c.ruling);
  if (c.ruling != verdict::conditional)
    return text;
  bool first = true;
  for (std::size_t i = 0; i < c.kept.size(); ++i)
    if (c.kept[i]) {
      text += (first ? " " : "; or if ") + c.what.cases[i].when;
      first = false;
    }
  return text;
}

settled_claim judge(const claim& c, const std::function<figure_value(const claim_figure&)>& look_up) {
  settled_claim settled;
  settled.what = c;
  for (const claim_figure& f : c.figures)
    settled.figures.push_back(f.from == origin::constant ? f.value
                              : f.operands.empty()       ? look_up(f)
                                                         : combined(f, settled.figures));
  for (const claim_case& k : c.cases)
    settled.kept.push_back(within(k, c.figures[k.figure], settled.figures[k.figure]));
  const auto kept = std::count(settled.kept.begin(), settled.kept.end(), true);
  settled.ruling = kept == 0 ? verdict::fails : kept == static_cast<std::ptrdiff_t>(c.cases.size()) ? verdict::holds : verdict::conditional;
  return settled;
}

figure_value netlist_figure(const std::string& platform, const std::string& path, const base::source_location& where) {
  const auto reject = [&where](const std::string& message) { throw base::input_error(where, message); };
  const auto dot = path.rfind('.');
  if (dot == std::string::npos)
    reject("'" + path + "' is no parameter, expected a component and its parameter such as gpu.hbm.bandwidth");
  const std::string component = path.substr(0, dot), name = path.substr(dot + 1);
  const auto file = platforms::find_document(platform, "");
  if (!file)
    reject("there is no platform '" + platform + "'" + base::did_you_mean(platform, platforms::shipped_platforms()));
  const platforms::checked_platform checked = platforms::check(platforms::load_netlist(*file));
  const std::vector<platforms::effective_parameter>* parameters = component == "costs" ? &checked.cost_parameters
                                                                    : component == "supply" ? &checked.supply_parameters : nullptr;
  std::vector<std::string> names{"costs", "supply"};
  for (const platforms::instance& i : checked.instances) {
    names.push_back(i.path.substr(platforms::root_path.size() + 1));
    if (names.back() == component)
      parameters = &i.parameters;
  }
  if (!parameters)
    reject("'" + platform + "' has no component '" + component + "'" + base::did_you_mean(component, names));
  names.clear();
  for (const platforms::effective_parameter& p : *parameters) {
    names.push_back(p.name);
    if (p.name == name)
      try {
        return parse_figure(p.value);
      } catch (const base::unit_error& e) {
        reject("'" + path + "' of '" + platform + "': " + e.what() + ", expected a number");
      }
  }
  throw base::input_error(where, "'" + component + "' of '" + platform + "' has no parameter '" + name + "'" + base::did_you_mean(name, names));
}

std::vector<settled_claim> settle(const std::vector<claim>& claims, std::size_t at_once, const simulator& simulate_one) {
  std::map<const claim_figure*, figure_value> parameters;
  std::map<const claim_figure*, experiment_list::place> places;
  experiment_list experiments;
  for (const claim& c : claims)
    for (const claim_figure& f : c.figures) {
      if (f.from == origin::parameter)
        parameters[&f] = netlist_figure(f.platform, f.path, f.where);
      for (const claim_run& r : c.runs)
        if (f.from == origin::measured && r.name == f.run)
          places[&f] = experiments.ask(r.run, f.field);
    }
  experiments.run(at_once, simulate_one);
  std::vector<settled_claim> settled;
  for (const claim& c : claims)
    settled.push_back(judge(c, [&](const claim_figure& f) {
      return f.from == origin::parameter ? parameters.at(&f) : experiments.value(places.at(&f));
    }));
  return settled;
}

} // namespace strata::cli
