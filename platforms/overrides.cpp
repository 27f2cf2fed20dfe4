// SPDX-License-Identifier: Apache-2.0
// Splits at the first '='.
#include "platforms/overrides.hpp"

namespace strata::platforms {

std::string size_name(const parameter_override& o) {
  constexpr const char* prefixes[] = {"sizes.", "platform.sizes."};
  for (const std::string prefix : prefixes)
    if (o.path.rfind(prefix, 0) == 0)
      return o.path.substr(prefix.size());
  return "";
}

parameter_override parse_override(const std::string& text) {
  const auto equals = text.find('=');
  if (equals == std::string::npos || equals == 0 || equals + 1 == text.size())
    throw base::input_error({}, "--set '" + text + "' is not readable, expected PATH=VALUE such as gpu[*].hbm.capacity=96 GB");
  const auto trimmed = [](const std::string& s) {
    const auto first = s.find_first_not_of(' ');
    return first == std::string::npos ? "" : s.substr(first, s.find_last_not_of(' ') - first + 1);
  };
  return {trimmed(text.substr(0, equals)), trimmed(text.substr(equals + 1)), "--set", "", {"--set " + text, 0}};
}

} // namespace strata::platforms
