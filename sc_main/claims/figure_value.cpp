// SPDX-License-Identifier: Apache-2.0
// Units with tokens, and the way into result documents.
#include "sc_main/claims/figure_value.hpp"

#include "models/base/dimension_algebra.hpp"
#include "sc_main/command/number_text.hpp"

#include <charconv>
#include <cmath>
#include <sstream>
#include <stdexcept>

namespace strata::cli {
namespace {

using json = nlohmann::ordered_json;

figure_value combined(const figure_value& a, const figure_value& b, int sign) {
  return {sign > 0 ? a.value * b.value : a.value / b.value,
          {base::combined(a.unit.dim, b.unit.dim, sign), a.unit.tokens + sign * b.unit.tokens}};
}

const json* element_of(const json& list, const std::string& name) {
  for (const json& item : list)
    for (const char* key : {"name", "level", "cause", "resource", "memory", "path"})
      if (item.is_object() && item.contains(key) && item.at(key) == name)
        return &item;
  return nullptr;
}

std::string names_in(const json& node) {
  std::string names;
  if (node.is_object())
    for (const auto& [key, value] : node.items())
      names += (names.empty() ? "" : ", ") + key;
  for (const char* key : {"name", "level", "cause", "resource", "memory", "path"})
    if (node.is_array() && names.empty())
      for (const json& item : node)
        if (item.is_object() && item.contains(key))
          names += (names.empty() ? "" : ", ") + item.at(key).get<std::string>();
  return names.empty() ? "nothing below it" : "one of " + names;
}

} // namespace

std::string to_text(const figure_unit& unit) {
  const std::string rest = unit.dim == base::frequency::dim ? "1/s" : base::unit_text(unit.dim);
  if (unit.tokens == 0)
    return rest.empty() ? "1" : rest;
  if (unit.tokens < 0)
    return (rest.empty() ? "1" : rest) + "/token";
  return rest.rfind("1/", 0) == 0 ? "token" + rest.substr(1) : rest.empty() ? "token" : "token " + rest;
}

figure_value parse_figure(const std::string& text) {
  const char* end = text.data() + text.size();
  figure_value result;
  const auto [rest, status] = std::from_chars(text.data(), end, result.value);
  if (status != std::errc{} || !std::isfinite(result.value))
    throw base::unit_error("'" + text + "' does not start with a number");
  std::istringstream factors(std::string(rest, end));
  int sign = 1;
  for (std::string name; std::getline(factors, name, '/'); sign = -1) {
    const auto first = name.find_first_not_of(' ');
    name = first == std::string::npos ? "" : name.substr(first, name.find_last_not_of(' ') - first + 1);
    figure_value factor{1, {}};
    if (name == "token")
      factor.unit.tokens = 1;
    else if (!name.empty() && name != "1") {
      const base::measure m = base::parse_measure("1 " + name);
      factor = {m.value, {m.dim, 0}};
    }
    result = combined(result, factor, sign);
  }
  return result;
}

std::string to_text(const figure_value& figure) {
  const std::string unit = to_text(figure.unit);
  if (unit == "1")
    return plain(figure.value);
  if (unit == "J/bit")
    return plain(figure.value * 1e12) + " pJ/bit";
  if (figure.unit.tokens > 0 || figure.unit.dim.money)
    return plain(figure.value) + " " + unit;
  return with_prefix(figure.value, unit == "1/s" ? "Hz" : unit);
}

figure_value product(const figure_value& a, const figure_value& b) { return combined(a, b, 1); }
figure_value ratio(const figure_value& a, const figure_value& b) { return combined(a, b, -1); }

figure_value figure_at(const json& result, const std::string& path) {
  const json* at = &result;
  std::string unit, passed;
  std::istringstream steps(path);
  for (std::string step; std::getline(steps, step, '/'); passed += (passed.empty() ? "" : "/") + step) {
    if (at->is_object() && at->contains("unit"))
      unit = at->at("unit").get<std::string>();
    const json* next = at->is_array() ? element_of(*at, step) : at->is_object() && at->contains(step) ? &at->at(step) : nullptr;
    if (!next)
      throw std::invalid_argument("'" + path + "': there is no '" + step + "' in " + (passed.empty() ? "the result" : "'" + passed + "'") +
                                  ", expected " + names_in(*at));
    at = next;
  }
  if (at->is_object() && at->contains("value")) {
    unit = at->at("unit").get<std::string>();
    at = &at->at("value");
  }
  if (at->is_null())
    throw std::invalid_argument("'" + path + "' does not exist in this run, expected a number");
  if (!at->is_number())
    throw std::invalid_argument("'" + path + "' is no number, expected " + names_in(*at));
  figure_value factor = parse_figure("1 " + (unit.empty() ? "1" : unit));
  factor.value *= at->get<double>();
  return factor;
}

} // namespace strata::cli
