// SPDX-License-Identifier: Apache-2.0
#include "traffic/requests/trace_reader.hpp"

#include <charconv>
#include <cmath>

namespace strata::traffic {

namespace {
constexpr std::int64_t ps_per_s = 1'000'000'000'000;
} // namespace

std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || text.front() == '-' || error != std::errc{} || end != text.data() + text.size())
    return std::nullopt;
  return value;
}

std::optional<instant> decimal_seconds(std::string_view text) {
  constexpr std::size_t most_digits = 12;
  const std::size_t point = text.find('.');
  const auto seconds = whole_number(text.substr(0, point));
  if (!seconds)
    return std::nullopt;
  instant t{*seconds, 0};
  if (point == text.npos)
    return t;
  const std::string_view digits = text.substr(point + 1);
  const auto fraction = whole_number(digits);
  if (!fraction || digits.size() > most_digits)
    return std::nullopt;
  t.ps = *fraction;
  for (std::size_t n = digits.size(); n < most_digits; ++n)
    t.ps *= 10;
  return t;
}

std::vector<std::string_view> fields_of(std::string_view line) {
  std::vector<std::string_view> fields;
  std::size_t comma;
  while ((comma = line.find(',')) != line.npos) {
    fields.push_back(line.substr(0, comma));
    line.remove_prefix(comma + 1);
  }
  fields.push_back(line);
  return fields;
}

trace_reader::trace_reader(const std::string& file, const trace_options& options)
    : m_file(file), m_options(options), m_in(file, std::ios::binary) {
  if (!m_in)
    throw base::input_error({file, 0}, "the trace cannot be opened, expected a readable file");
}

const std::string* trace_reader::next_line() {
  constexpr std::size_t most_problems = 10;
  if (m_problems.problems().size() >= most_problems || (m_options.requests > 0 && m_count >= m_options.requests) ||
      !std::getline(m_in, m_text))
    return nullptr;
  if (!m_text.empty() && m_text.back() == '\r')
    m_text.pop_back();
  ++m_line;
  return &m_text;
}

void trace_reader::reject(const std::string& wrong, const std::string& expected) {
  m_problems.add({m_file, m_line}, wrong + ", " + expected);
}

std::optional<std::uint32_t> trace_reader::tokens(const char* name, std::string_view text) {
  constexpr std::int64_t most = 1 << 24; // far above any context, far below overflow of a step's sums
  const auto n = whole_number(text);
  if (n && *n >= 1 && *n <= most)
    return static_cast<std::uint32_t>(*n);
  reject(std::string(name) + " is '" + std::string(text) + "'",
         "expected a whole number from 1 to " + std::to_string(most));
  return std::nullopt;
}

void trace_reader::add(const instant& at, std::uint32_t prompt, std::uint32_t output, std::vector<block_run> blocks,
                       std::uint32_t priority) {
  if (!m_first)
    m_first = m_latest = at;
  if (at.seconds < m_latest->seconds || (at.seconds == m_latest->seconds && at.ps < m_latest->ps))
    return reject("time goes backwards", "expected requests in order of arrival");
  m_latest = at;
  const double scaled = (static_cast<double>(at.seconds - m_first->seconds) * static_cast<double>(ps_per_s) +
                         static_cast<double>(at.ps - m_first->ps)) / m_options.rate_scale;
  constexpr double longest = 9e18; // ps, what 64 bits hold
  if (scaled > longest)
    return reject("the request comes more than 100 days after the first", "expected a shorter trace");
  m_requests.push_back({m_count++, std::llround(scaled), prompt, output, std::move(blocks), priority});
}

void trace_reader::finish(const std::string& form) {
  if (sound() && m_count == 0)
    m_problems.add({m_file, 0}, "the trace has no requests, expected " + form);
  m_problems.throw_if_any();
}

request_trace trace_reader::list(std::uint32_t block_tokens) {
  return {std::move(m_requests), {}, block_tokens, m_skipped};
}

} // namespace strata::traffic
