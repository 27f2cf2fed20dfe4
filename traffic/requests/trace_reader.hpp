// SPDX-License-Identifier: Apache-2.0
// What readers of traces share: numbered lines, checks of tokens, order and span, and problems with file and line.
// Kernel-free.
#pragma once

#include "models/base/diagnostic.hpp"
#include "traffic/requests/request_trace.hpp"

#include <fstream>
#include <string>
#include <string_view>

namespace strata::traffic {

struct trace_options {
  std::uint64_t requests = 0; ///< the first N of the file; 0 = all
  double rate_scale = 1;      ///< > 0; gaps between arrivals are divided by it
  std::uint32_t sessions = 1; ///< sessions without arrivals of their own served at once
  double tool_speed = 1;      ///< > 0; gaps in which an agent runs its tools are divided by it, too
  bool people = true;         ///< else gaps in which an agent waits for its user are left out
};

struct instant {
  std::int64_t seconds;
  std::int64_t ps; ///< within the second
};

/// A whole number >= 0.
std::optional<std::int64_t> whole_number(std::string_view text);
/// Seconds, perhaps with a point and up to twelve digits behind it.
std::optional<instant> decimal_seconds(std::string_view text);

/// The fields of a line of CSV without quotes.
std::vector<std::string_view> fields_of(std::string_view line);

class trace_reader {
public:
  /// Throws base::input_error where the file cannot be opened.
  trace_reader(const std::string& file, const trace_options& options);

  /// The next line without its end, or nothing: the file has ended, enough requests or ten problems are there.
  const std::string* next_line();
  int line() const { return m_line; }
  /// Reports a problem of this line.
  void reject(const std::string& wrong, const std::string& expected);

  /// A number of tokens in range; otherwise reports and yields nothing.
  std::optional<std::uint32_t> tokens(const char* name, std::string_view text);
  /// Adds a request that must not come before the last one. Its id is its place among the requests.
  void add(const instant& at, std::uint32_t prompt, std::uint32_t output, std::vector<block_run> blocks = {},
           std::uint32_t priority = highest_priority);
  /// Leaves out a request that failed.
  void skip() { ++m_skipped; }
  std::uint64_t skipped() const { return m_skipped; }
  /// Another request was read that add() does not keep.
  void count() { ++m_count; }
  bool sound() const { return m_problems.empty(); }

  /// Throws base::input_error with all problems, or where there are no requests; `form` says what lines should be.
  void finish(const std::string& form);
  /// The requests that add() kept, after finish().
  request_trace list(std::uint32_t block_tokens = 0);

private:
  std::string m_file;
  trace_options m_options;
  std::ifstream m_in;
  std::string m_text;
  int m_line = 0;
  std::optional<instant> m_first, m_latest;
  std::uint64_t m_count = 0, m_skipped = 0;
  std::vector<request> m_requests;
  base::diagnostics m_problems;
};

} // namespace strata::traffic
