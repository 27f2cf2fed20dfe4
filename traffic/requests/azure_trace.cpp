// SPDX-License-Identifier: Apache-2.0
#include "traffic/requests/azure_trace.hpp"

namespace strata::traffic {

namespace {

/// Days since 1970-01-01 of a date in the Gregorian calendar, counted in years that start in March.
std::int64_t days_of(std::int64_t year, std::int64_t month, std::int64_t day) {
  const std::int64_t y = month > 2 ? year : year - 1, m = month > 2 ? month - 3 : month + 9;
  return 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 719469;
}

bool leap(std::int64_t year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

/// "YYYY-MM-DD hh:mm:ss", then perhaps a point and up to twelve digits.
std::optional<instant> parse_instant(std::string_view text) {
  constexpr std::string_view form = "####-##-## ##:##:##";
  if (text.size() < form.size())
    return std::nullopt;
  for (std::size_t i = 0; i < form.size(); ++i)
    if (form[i] != '#' && text[i] != form[i])
      return std::nullopt;
  const auto year = whole_number(text.substr(0, 4)), month = whole_number(text.substr(5, 2)),
             day = whole_number(text.substr(8, 2)), hour = whole_number(text.substr(11, 2)),
             minute = whole_number(text.substr(14, 2)), second = whole_number(text.substr(17, 2));
  if (!year || !month || !day || !hour || !minute || !second)
    return std::nullopt;
  constexpr int month_days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (*year < 1970 || *month < 1 || *month > 12 || *day < 1 || *hour > 23 || *minute > 59 || *second > 59 ||
      *day > month_days[*month - 1] + (*month == 2 && leap(*year)))
    return std::nullopt;
  const auto rest = decimal_seconds(text.substr(17)); // the seconds with what follows them
  if (!rest || rest->seconds != *second)
    return std::nullopt;
  return instant{days_of(*year, *month, *day) * 86400 + *hour * 3600 + *minute * 60 + *second, rest->ps};
}

} // namespace

request_trace read_azure(trace_reader& in) {
  const std::string form = std::string("expected ") + azure_header;
  while (const std::string* line = in.next_line()) {
    const auto fields = fields_of(*line);
    if (fields.size() != 3) {
      in.reject("'" + *line + "' has not three columns", form);
      continue;
    }
    const auto at = parse_instant(fields[0]);
    if (!at) {
      in.reject("timestamp '" + std::string(fields[0]) + "' cannot be read",
                "expected one like 2023-11-16 18:15:46.6805900");
      continue;
    }
    const auto prompt = in.tokens("ContextTokens", fields[1]), output = in.tokens("GeneratedTokens", fields[2]);
    if (prompt && output)
      in.add(*at, *prompt, *output);
  }
  in.finish(std::string("lines of ") + azure_header);
  return in.list();
}

} // namespace strata::traffic
