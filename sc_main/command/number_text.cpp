// SPDX-License-Identifier: Apache-2.0
// Rounding and prefix choice for the terminal.
#include "sc_main/command/number_text.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace strata::cli {
namespace {

std::string formatted(const char* format, int digits, double value) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), format, digits, value);
  return text.data();
}

} // namespace

std::string plain(double value) {
  const double magnitude = std::fabs(value);
  if (magnitude >= 1e7 || (magnitude > 0 && magnitude < 1e-4))
    return formatted("%.*e", 3, value);
  const int before_point = magnitude < 1 ? 1 : static_cast<int>(std::floor(std::log10(magnitude))) + 1;
  std::string text = formatted("%.*f", magnitude < 1 ? 4 : std::max(0, 4 - before_point), value);
  if (text.find('.') != std::string::npos) {
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.')
      text.pop_back();
  }
  return text;
}

std::string with_prefix(double value, const std::string& unit) {
  static constexpr std::array<const char*, 12> prefixes{"f", "p", "n", "u", "m", "", "k", "M", "G", "T", "P", "E"};
  constexpr int none = 5;
  int step = 0;
  if (value != 0 && std::isfinite(value)) {
    // The hair on top keeps 1e-3 s from being printed as 1000 us.
    step = static_cast<int>(std::floor((std::log10(std::fabs(value)) + 1e-9) / 3));
    step = std::clamp(step, -none, unit == "s" ? 0 : 6);
  }
  const std::string suffix = prefixes[static_cast<std::size_t>(step + none)] + unit;
  const std::string number = plain(value / std::pow(1000.0, step));
  return suffix.empty() ? number : number + " " + suffix;
}

std::string percent(double share) {
  const double value = share * 100;
  return (std::fabs(value) < 1 && value != 0 ? formatted("%.*g", 2, value) : formatted("%.*f", 1, value)) + " %";
}

} // namespace strata::cli
