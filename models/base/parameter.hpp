// SPDX-License-Identifier: Apache-2.0
// Parameters, declared once per model. A model's `config` is a plain struct whose fields hold the defaults; its
// `void parameters(parameter_list&)` names each field once with range and description. From that one
// declaration come netlist validation, --set, `strata describe`, the effective configuration and the datasheet.
//
//   struct config {
//     base::byte_rate bandwidth = "64 GB/s"_q;
//     unsigned ports = 1;
//     void parameters(base::parameter_list& p) {
//       p.add("bandwidth", bandwidth, base::positive(), "payload bandwidth of one direction");
//       p.add("ports", ports, base::between(1, 64), "number of target sockets");
//     }
//   };
// Kernel-free.
#pragma once

#include "models/base/quantity.hpp"

#include <functional>
#include <limits>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace strata::base {

/// Allowed values of a number, in coherent units.
struct value_range {
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
  bool low_open = false; ///< `low` itself is not allowed
};
constexpr value_range positive() { return {0, std::numeric_limits<double>::infinity(), true}; }
constexpr value_range non_negative() { return {0, std::numeric_limits<double>::infinity(), false}; }
constexpr value_range between(double low, double high) { return {low, high, false}; }
/// A share of something: 0 <= x <= 1.
constexpr value_range fraction() { return {0, 1, false}; }
constexpr value_range any_value() { return {}; }

/// One declared parameter, bound to a field of a live config.
struct parameter {
  std::string name;
  std::string unit;        ///< coherent unit; "" for plain numbers, "integer", "boolean", "text" or the choices
  std::string range;       ///< human-readable, "" where anything goes
  std::string description;
  std::function<std::string()> get;                ///< current value as text that `set` accepts
  std::function<void(const std::string&)> set;     ///< throws unit_error saying what was expected
};

class parameter_list {
public:
  template <int T, int BY, int BI, int E, int F, int M>
  void add(std::string name, quantity<T, BY, BI, E, F, M>& field, value_range range, std::string description) {
    using q = quantity<T, BY, BI, E, F, M>;
    push(std::move(name), unit_text(q::dim), range_text(range, q::dim), std::move(description),
         [&field] { return to_text(field); },
         [&field, range](const std::string& text) { field = q::of(checked(parse_as(text, q::dim), range, text, q::dim)); });
  }
  void add(std::string name, double& field, value_range range, std::string description);
  template <class I, class = std::enable_if_t<std::is_integral_v<I> && !std::is_same_v<I, bool>>>
  void add(std::string name, I& field, value_range range, std::string description) {
    push(std::move(name), "integer", range_text(range, {}), std::move(description),
         [&field] { return std::to_string(field); },
         [&field, range](const std::string& text) { field = static_cast<I>(checked_integer(text, range, static_cast<double>(std::numeric_limits<I>::max()))); });
  }
  void add(std::string name, bool& field, std::string description);
  void add(std::string name, std::string& field, std::string description);
  /// A field whose type reads and prints itself: `static T parse(const std::string&)` (throws unit_error) and
  /// `std::string to_text(const T&)`. `unit` says what text is expected.
  template <class T>
  void add_parsed(std::string name, T& field, std::string unit, std::string description) {
    push(std::move(name), std::move(unit), "", std::move(description), [&field] { return to_text(field); },
         [&field](const std::string& text) { field = T::parse(text); });
  }
  /// A field of enumeration type with the names of its values.
  template <class Enum>
  void add_choice(std::string name, Enum& field, std::vector<std::pair<std::string, Enum>> choices,
                  std::string description) {
    std::string names;
    for (const auto& c : choices)
      names += (names.empty() ? "" : " | ") + c.first;
    push(std::move(name), names, "", std::move(description),
         [&field, choices] {
           for (const auto& c : choices)
             if (c.second == field)
               return c.first;
           return std::string("?");
         },
         [&field, choices, names](const std::string& text) {
           for (const auto& c : choices)
             if (c.first == text) {
               field = c.second;
               return;
             }
           throw unit_error("'" + text + "' is not one of " + names);
         });
  }

  /// Takes over the parameters of `other`, bound to the fields they are bound to.
  void append(const parameter_list& other) {
    m_parameters.insert(m_parameters.end(), other.m_parameters.begin(), other.m_parameters.end());
  }

  const std::vector<parameter>& all() const { return m_parameters; }
  const parameter* find(const std::string& name) const;
  std::vector<std::string> names() const;

private:
  static double checked(double value, value_range range, const std::string& text, dimension dim);
  static double checked_integer(const std::string& text, value_range range, double largest);
  static std::string range_text(value_range range, dimension dim);
  void push(std::string name, std::string unit, std::string range, std::string description,
            std::function<std::string()> get, std::function<void(const std::string&)> set);

  std::vector<parameter> m_parameters;
};

} // namespace strata::base
