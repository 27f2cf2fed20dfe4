// SPDX-License-Identifier: Apache-2.0
// Messages and progress on stderr; stdout belongs to results.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace strata::cli {

/// 0 = progress and warnings, 1 = debug, 2 = trace, -1 = warnings, -2 = errors only.
void set_verbosity(int level);

/// One error line on stderr for each line of `text`.
void log_error(const std::string& text);

/// How far a few jobs are: bars redrawn in place on a terminal, one plain line per start and end elsewhere.
class progress_display {
public:
  explicit progress_display(std::vector<std::string> names);
  /// Leaves the last picture of the bars standing.
  ~progress_display();
  progress_display(const progress_display&) = delete;
  progress_display& operator=(const progress_display&) = delete;

  void started(std::size_t job);
  void progressed(std::size_t job, double done);
  void ended(std::size_t job, bool well);

private:
  struct job {
    std::string name;
    std::string state;
    double done;
  };
  void draw();
  std::vector<job> m_jobs;
  bool m_bars;
  bool m_drawn = false;
};

} // namespace strata::cli
