// SPDX-License-Identifier: Apache-2.0
#include "models/base/dimension_algebra.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <optional>

namespace strata::base {
namespace {

struct named_unit {
  std::string_view name;
  double scale;
  dimension dim;
  bool prefixes; ///< may carry an SI prefix
};


constexpr std::array units{
    named_unit{"s", 1, {1}, true},
    named_unit{"min", 60, {1}, false},
    named_unit{"h", 3600, {1}, false},
    named_unit{"Hz", 1, {-1}, true},
    named_unit{"B", 1, {0, 1}, true},
    named_unit{"byte", 1, {0, 1}, false},
    named_unit{"b", 1, {0, 0, 1}, true},
    named_unit{"bit", 1, {0, 0, 1}, true},
    named_unit{"J", 1, {0, 0, 0, 1}, true},
    named_unit{"Wh", 3600, {0, 0, 0, 1}, true},
    named_unit{"W", 1, {-1, 0, 0, 1}, true},
    named_unit{"FLOP", 1, {0, 0, 0, 0, 1}, true},
    named_unit{"FLOPS", 1, {-1, 0, 0, 0, 1}, true},
    named_unit{"USD", 1, {0, 0, 0, 0, 0, 1}, true},
    named_unit{"%", 0.01, {}, false},
};

struct named_prefix {
  std::string_view name;
  double scale;
};
constexpr std::array si_prefixes{
    named_prefix{"f", 1e-15}, named_prefix{"p", 1e-12}, named_prefix{"n", 1e-9}, named_prefix{"u", 1e-6},
    named_prefix{"\xC2\xB5", 1e-6}, named_prefix{"m", 1e-3}, named_prefix{"k", 1e3}, named_prefix{"M", 1e6},
    named_prefix{"G", 1e9}, named_prefix{"T", 1e12}, named_prefix{"P", 1e15}, named_prefix{"E", 1e18},
};
constexpr std::array binary_prefixes{
    named_prefix{"Ki", 1024.0},
    named_prefix{"Mi", 1024.0 * 1024},
    named_prefix{"Gi", 1024.0 * 1024 * 1024},
    named_prefix{"Ti", 1024.0 * 1024 * 1024 * 1024},
    named_prefix{"Pi", 1024.0 * 1024 * 1024 * 1024 * 1024},
};

std::optional<measure> find_unit(std::string_view name) {
  for (const auto& unit : units)
    if (name == unit.name)
      return measure{unit.scale, unit.dim};
  for (const auto& unit : units) {
    if (!unit.prefixes || name.size() <= unit.name.size() || name.substr(name.size() - unit.name.size()) != unit.name)
      continue;
    const std::string_view prefix = name.substr(0, name.size() - unit.name.size());
    for (const auto& p : si_prefixes)
      if (prefix == p.name)
        return measure{p.scale * unit.scale, unit.dim};
    if (unit.dim.byte || unit.dim.bit)
      for (const auto& p : binary_prefixes)
        if (prefix == p.name)
          return measure{p.scale * unit.scale, unit.dim};
  }
  return std::nullopt;
}

std::string_view trimmed(std::string_view s) {
  while (!s.empty() && (s.front() == ' ' || s.front() == '\t'))
    s.remove_prefix(1);
  while (!s.empty() && (s.back() == ' ' || s.back() == '\t'))
    s.remove_suffix(1);
  return s;
}

std::string quoted(std::string_view s) { return "'" + std::string(s) + "'"; }

std::string shortest(double v) {
  std::array<char, 32> buffer;
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), v).ptr;
  return {buffer.data(), end};
}

/// Bits read as bytes, where the dimensions differ in nothing else; nullopt where they differ otherwise.
std::optional<double> bits_or_bytes(const measure& m, const dimension& due) {
  dimension as_bytes = m.dim, due_bytes = due;
  as_bytes.byte += as_bytes.bit;
  as_bytes.bit = 0;
  due_bytes.byte += due_bytes.bit;
  due_bytes.bit = 0;
  if (as_bytes != due_bytes)
    return std::nullopt;
  return m.value * std::pow(8.0, m.dim.byte - due.byte);
}

} // namespace

dimension combined(dimension a, const dimension& b, int sign) {
  a.time += sign * b.time;
  a.byte += sign * b.byte;
  a.bit += sign * b.bit;
  a.energy += sign * b.energy;
  a.flop += sign * b.flop;
  a.money += sign * b.money;
  return a;
}

measure parse_measure(std::string_view text) {
  const std::string_view whole = trimmed(text);
  double number = 0;
  const char* begin = whole.data();
  const char* end = whole.data() + whole.size();
  if (begin != end && *begin == '+')
    ++begin;
  const auto [rest, status] = std::from_chars(begin, end, number);
  if (status != std::errc{} || !std::isfinite(number))
    throw unit_error(quoted(text) + " does not start with a number");
  std::string_view unit = trimmed(std::string_view(rest, static_cast<std::size_t>(end - rest)));
  measure result{number, {}};
  int sign = 1;
  while (!unit.empty()) {
    const std::size_t slash = unit.find('/');
    const std::string_view name = trimmed(unit.substr(0, slash));
    const auto factor = find_unit(name);
    if (!factor)
      throw unit_error("unknown unit " + quoted(name) + " in " + quoted(text));
    result.value = sign > 0 ? result.value * factor->value : result.value / factor->value;
    result.dim = combined(result.dim, factor->dim, sign);
    sign = -1;
    if (slash == std::string_view::npos)
      break;
    unit = unit.substr(slash + 1);
    if (trimmed(unit).empty())
      throw unit_error("unit missing after '/' in " + quoted(text));
  }
  return result;
}

double parse_as(std::string_view text, dimension due) {
  const measure m = parse_measure(text);
  if (m.dim == due)
    return m.value;
  if (const auto value = bits_or_bytes(m, due))
    return *value;
  const std::string want = due == dimension{} ? "a plain number or %" : "a quantity in " + unit_text(due);
  const std::string got = m.dim == dimension{} ? "a number without a unit" : "a quantity in " + unit_text(m.dim);
  throw unit_error(quoted(text) + " is " + got + ", expected " + want);
}

std::string unit_text(dimension dim) {
  if (dim == power::dim)
    return "W";
  if (dim == frequency::dim)
    return "Hz";
  struct part {
    std::string_view name;
    int exponent;
  };
  const std::array parts{part{"B", dim.byte},   part{"bit", dim.bit},   part{"J", dim.energy},
                         part{"FLOP", dim.flop}, part{"USD", dim.money}, part{"s", dim.time}};
  std::string above, below;
  for (const auto& p : parts) {
    for (int i = 0; i < p.exponent; ++i)
      above += (above.empty() ? "" : "*") + std::string(p.name);
    for (int i = 0; i > p.exponent; --i)
      below += "/" + std::string(p.name);
  }
  return below.empty() ? above : (above.empty() ? "1" : above) + below;
}

std::string to_text(double value, dimension dim) {
  const std::string unit = unit_text(dim);
  if (unit.empty())
    return shortest(value);
  const bool prefixable = unit.find('*') == std::string::npos && unit.front() != '1';
  if (!prefixable || value == 0 || !std::isfinite(value))
    return shortest(value) + " " + unit;
  const named_prefix* best = nullptr;
  const double magnitude = std::fabs(value);
  if (magnitude < 1 || magnitude >= 1000)
    for (const auto& p : si_prefixes)
      if (p.name != "\xC2\xB5" && magnitude >= p.scale)
        best = &p;
  // Below one only sub-unit prefixes make sense, above 1000 only multiples: whole bytes are never "0.5 kB".
  if (!best || (magnitude < 1 && best->scale > 1))
    return shortest(value) + " " + unit;
  const double scaled = value / best->scale;
  std::array<char, 32> buffer;
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), scaled, std::chars_format::general, 12).ptr;
  return std::string(buffer.data(), end) + " " + std::string(best->name) + unit;
}

} // namespace strata::base
