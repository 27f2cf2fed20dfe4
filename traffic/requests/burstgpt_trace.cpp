// SPDX-License-Identifier: Apache-2.0
#include "traffic/requests/burstgpt_trace.hpp"

#include <algorithm>

namespace strata::traffic {

namespace {

struct columns {
  std::size_t time, prompt, output, count;
};

std::optional<columns> columns_of(std::string_view header) {
  const auto names = fields_of(header);
  const auto place = [&names](std::string_view name) {
    return static_cast<std::size_t>(std::find(names.begin(), names.end(), name) - names.begin());
  };
  const columns c{place("Timestamp"), place("Request tokens"), place("Response tokens"), names.size()};
  if (std::max({c.time, c.prompt, c.output}) == c.count)
    return std::nullopt;
  return c;
}

} // namespace

bool is_burstgpt(std::string_view header) { return columns_of(header).has_value(); }

request_trace read_burstgpt(trace_reader& in, const std::string& header) {
  const columns c = *columns_of(header);
  while (const std::string* line = in.next_line()) {
    const auto fields = fields_of(*line);
    if (fields.size() != c.count) {
      in.reject("'" + *line + "' has " + std::to_string(fields.size()) + " columns", "expected " + header);
      continue;
    }
    const auto at = decimal_seconds(fields[c.time]);
    if (!at) {
      in.reject("Timestamp '" + std::string(fields[c.time]) + "' cannot be read", "expected seconds like 5 or 5.25");
      continue;
    }
    if (fields[c.output] == "0") {
      in.skip();
      continue;
    }
    const auto prompt = in.tokens("Request tokens", fields[c.prompt]);
    const auto output = in.tokens("Response tokens", fields[c.output]);
    if (prompt && output)
      in.add(*at, *prompt, *output);
  }
  in.finish("lines of " + header);
  return in.list();
}

} // namespace strata::traffic
