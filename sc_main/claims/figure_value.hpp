// SPDX-License-Identifier: Apache-2.0
// A number with its dimension, tokens among the units, so that figures of results and netlists can be added, divided
// and compared without mixing up units.
#pragma once

#include "models/base/quantity.hpp"

#include <nlohmann/json.hpp>

#include <string>

namespace strata::cli {

struct figure_unit {
  base::dimension dim;
  int tokens = 0;
  friend bool operator==(const figure_unit& a, const figure_unit& b) { return a.dim == b.dim && a.tokens == b.tokens; }
  friend bool operator!=(const figure_unit& a, const figure_unit& b) { return !(a == b); }
};

/// Coherent unit as text: "token/s", "J/bit", "1" for plain numbers.
std::string to_text(const figure_unit& unit);

struct figure_value {
  double value = 0; ///< in coherent units
  figure_unit unit;
};

/// Reads "<number> <unit>", e.g. "27 kW", "5 %", "72000 token/s". Throws base::unit_error.
figure_value parse_figure(const std::string& text);

/// Four significant digits with the prefix that reads best: "6269", "1.82 ms/token", "18.8 pJ/bit", "72000 token/s".
std::string to_text(const figure_value& figure);

figure_value product(const figure_value& a, const figure_value& b);
figure_value ratio(const figure_value& a, const figure_value& b);

/// The figure at `path` of a result document (docs/result_schema.md), e.g. "latency/tpot/p50" or
/// "phases/decode/stranded_compute": elements of lists go by their name, level, cause, resource, memory or path.
/// Throws std::invalid_argument saying how far `path` leads, and where the figure does not exist.
figure_value figure_at(const nlohmann::ordered_json& result, const std::string& path);

} // namespace strata::cli
