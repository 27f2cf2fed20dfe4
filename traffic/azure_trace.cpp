// SPDX-License-Identifier: Apache-2.0
#include "traffic/azure_trace.hpp"

#include "models/base/diagnostic.hpp"

#include <charconv>
#include <cmath>
#include <fstream>
#include <optional>
#include <string_view>

namespace strata::traffic {

namespace {

constexpr std::int64_t ps_per_s = 1'000'000'000'000;
constexpr const char* header = "TIMESTAMP,ContextTokens,GeneratedTokens";

std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || text.front() == '-' || error != std::errc{} || end != text.data() + text.size())
    return std::nullopt;
  return value;
}

/// Days since 1970-01-01 of a date in the Gregorian calendar, counted in years that start in March.
std::int64_t days_of(std::int64_t year, std::int64_t month, std::int64_t day) {
  const std::int64_t y = month > 2 ? year : year - 1, m = month > 2 ? month - 3 : month + 9;
  return 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 719469;
}

bool leap(std::int64_t year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

struct instant {
  std::int64_t seconds; ///< since 1970
  std::int64_t ps;      ///< within the second
};

/// "YYYY-MM-DD hh:mm:ss", then perhaps a point and up to twelve digits.
std::optional<instant> parse_instant(std::string_view text) {
  constexpr std::string_view form = "####-##-## ##:##:##";
  constexpr std::size_t most_digits = 12;
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
  instant t{days_of(*year, *month, *day) * 86400 + *hour * 3600 + *minute * 60 + *second, 0};
  std::string_view rest = text.substr(form.size());
  if (rest.empty())
    return t;
  const auto fraction = whole_number(rest.substr(1));
  if (rest.front() != '.' || !fraction || rest.size() - 1 > most_digits)
    return std::nullopt;
  t.ps = *fraction;
  for (std::size_t digits = rest.size() - 1; digits < most_digits; ++digits)
    t.ps *= 10;
  return t;
}

/// Turns lines into requests and remembers what the first and the latest instant were.
class trace_reader {
public:
  trace_reader(std::string file, double rate_scale) : m_file(std::move(file)), m_rate_scale(rate_scale) {}

  void read_line(int line, std::string_view text) {
    const std::size_t first = text.find(','), second = first == text.npos ? first : text.find(',', first + 1);
    if (second == text.npos || text.find(',', second + 1) != text.npos)
      return reject(line, "'" + std::string(text) + "' has not three columns", std::string("expected ") + header);
    const auto at = parse_instant(text.substr(0, first));
    if (!at)
      return reject(line, "timestamp '" + std::string(text.substr(0, first)) + "' cannot be read",
                    "expected one like 2023-11-16 18:15:46.6805900");
    const auto prompt = tokens(line, "ContextTokens", text.substr(first + 1, second - first - 1));
    const auto output = tokens(line, "GeneratedTokens", text.substr(second + 1));
    if (!prompt || !output)
      return;
    if (!m_first)
      m_first = m_latest = at;
    if (at->seconds < m_latest->seconds || (at->seconds == m_latest->seconds && at->ps < m_latest->ps))
      return reject(line, "time goes backwards", "expected requests in order of arrival");
    m_latest = at;
    const double scaled = (static_cast<double>(at->seconds - m_first->seconds) * static_cast<double>(ps_per_s) +
                           static_cast<double>(at->ps - m_first->ps)) / m_rate_scale;
    constexpr double longest = 9e18; // ps, what 64 bits hold
    if (scaled > longest)
      return reject(line, "the request comes more than 100 days after the first", "expected a shorter trace");
    requests.push_back({requests.size(), std::llround(scaled), *prompt, *output});
  }

  void reject(int line, const std::string& wrong, const std::string& expected) {
    problems.add({m_file, line}, wrong + ", " + expected);
  }

  std::vector<request> requests;
  base::diagnostics problems;

private:
  std::optional<std::uint32_t> tokens(int line, const char* column, std::string_view text) {
    constexpr std::int64_t most = 1 << 24; // far above any context, far below overflow of a step's sums
    const auto n = whole_number(text);
    if (n && *n >= 1 && *n <= most)
      return static_cast<std::uint32_t>(*n);
    reject(line, std::string(column) + " is '" + std::string(text) + "'",
           "expected a whole number from 1 to " + std::to_string(most));
    return std::nullopt;
  }

  std::string m_file;
  double m_rate_scale;
  std::optional<instant> m_first, m_latest;
};

} // namespace

std::vector<request> read_trace(const std::string& file, const trace_options& options) {
  constexpr std::size_t most_problems = 10;
  std::ifstream in(file, std::ios::binary);
  if (!in)
    throw base::input_error({file, 0}, "the trace cannot be opened, expected a readable CSV file");
  trace_reader reader(file, options.rate_scale);
  std::string text;
  for (int line = 1; std::getline(in, text) && reader.problems.problems().size() < most_problems &&
                     (options.requests == 0 || reader.requests.size() < options.requests);
       ++line) {
    if (!text.empty() && text.back() == '\r')
      text.pop_back();
    if (line > 1)
      reader.read_line(line, text);
    else if (text != header)
      throw base::input_error({file, 1}, "the header is '" + text + "', expected " + header);
  }
  if (reader.problems.empty() && reader.requests.empty())
    reader.reject(0, "the trace has no requests", std::string("expected lines of ") + header);
  reader.problems.throw_if_any();
  return std::move(reader.requests);
}

} // namespace strata::traffic
