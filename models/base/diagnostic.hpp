// SPDX-License-Identifier: Apache-2.0
// How bad input is reported: every problem found, each with file:line, what was wrong and what was expected.
#pragma once

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace strata::base {

/// Where in the user's input something stands; line 0 = the whole file or a command-line option.
struct source_location {
  std::string file;
  int line = 0;
};

/// "file:line", "file" where the line is unknown, "" where both are.
inline std::string to_text(const source_location& where) {
  return where.line > 0 ? where.file + ":" + std::to_string(where.line) : where.file;
}

/// One problem: "where: message", the message saying what was wrong and what was expected.
struct diagnostic {
  source_location where;
  std::string message;
};

inline std::string to_text(const diagnostic& d) {
  const std::string where = to_text(d.where);
  return where.empty() ? d.message : where + ": " + d.message;
}

/// Bad user input: executables print each diagnostic on a line of its own and exit with 2.
class input_error : public std::runtime_error {
public:
  explicit input_error(std::vector<diagnostic> problems)
      : std::runtime_error(joined(problems)), m_problems(std::move(problems)) {}
  input_error(source_location where, std::string message)
      : input_error(std::vector<diagnostic>{{std::move(where), std::move(message)}}) {}
  const std::vector<diagnostic>& problems() const { return m_problems; }

private:
  static std::string joined(const std::vector<diagnostic>& problems) {
    std::string text;
    for (const auto& p : problems)
      text += (text.empty() ? "" : "\n") + to_text(p);
    return text;
  }
  std::vector<diagnostic> m_problems;
};

/// Collects problems so that a checker can report all of them at once.
class diagnostics {
public:
  void add(source_location where, std::string message) {
    m_problems.push_back({std::move(where), std::move(message)});
  }
  bool empty() const { return m_problems.empty(); }
  const std::vector<diagnostic>& problems() const { return m_problems; }
  /// Throws input_error with everything collected, if anything was.
  void throw_if_any() const {
    if (!m_problems.empty())
      throw input_error(m_problems);
  }

private:
  std::vector<diagnostic> m_problems;
};

/// " (did you mean 'x'?)" for the candidate nearest to `name` by edit distance, "" where none is near.
std::string did_you_mean(const std::string& name, const std::vector<std::string>& candidates);

} // namespace strata::base
