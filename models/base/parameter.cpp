// SPDX-License-Identifier: Apache-2.0
#include "models/base/parameter.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace strata::base {

void parameter_list::add(std::string name, double& field, value_range range, std::string description) {
  push(std::move(name), "", range_text(range, {}), std::move(description), [&field] { return to_text(field, {}); },
       [&field, range](const std::string& text) { field = checked(parse_as(text, {}), range, text, {}); });
}

void parameter_list::add(std::string name, bool& field, std::string description) {
  push(std::move(name), "boolean", "", std::move(description), [&field] { return std::string(field ? "true" : "false"); },
       [&field](const std::string& text) {
         if (text != "true" && text != "false")
           throw unit_error("'" + text + "' is neither true nor false");
         field = text == "true";
       });
}

void parameter_list::add(std::string name, std::string& field, std::string description) {
  push(std::move(name), "text", "", std::move(description), [&field] { return field; },
       [&field](const std::string& text) { field = text; });
}

const parameter* parameter_list::find(const std::string& name) const {
  for (const auto& p : m_parameters)
    if (p.name == name)
      return &p;
  return nullptr;
}

std::vector<std::string> parameter_list::names() const {
  std::vector<std::string> result;
  for (const auto& p : m_parameters)
    result.push_back(p.name);
  return result;
}

double parameter_list::checked(double value, value_range range, const std::string& text, dimension dim) {
  const bool below = range.low_open ? value <= range.low : value < range.low;
  if (below || value > range.high)
    throw unit_error("'" + text + "' is out of range, expected " + range_text(range, dim));
  return value;
}

double parameter_list::checked_integer(const std::string& text, value_range range, double largest) {
  constexpr double exact = 9007199254740992; // 2^53, beyond which a double skips whole numbers
  const double value = checked(parse_as(text, {}), range, text, {});
  if (value != std::floor(value) || value < 0)
    throw unit_error("'" + text + "' is not a whole number >= 0");
  if (value > std::min(largest, exact))
    throw unit_error("'" + text + "' is too large, at most " + std::to_string(static_cast<std::uint64_t>(std::min(largest, exact))));
  return value;
}

std::string parameter_list::range_text(value_range range, dimension dim) {
  const bool low = std::isfinite(range.low), high = std::isfinite(range.high);
  if (low && high)
    return to_text(range.low, dim) + " .. " + to_text(range.high, dim);
  if (low)
    return (range.low_open ? "> " : ">= ") + to_text(range.low, dim);
  if (high)
    return "<= " + to_text(range.high, dim);
  return "";
}

void parameter_list::push(std::string name, std::string unit, std::string range, std::string description,
                          std::function<std::string()> get, std::function<void(const std::string&)> set) {
  m_parameters.push_back({std::move(name), std::move(unit), std::move(range), std::move(description), std::move(get),
                          std::move(set)});
}

} // namespace strata::base
