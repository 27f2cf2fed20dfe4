// SPDX-License-Identifier: Apache-2.0
// spdlog set-up and progress bars.
#include "sc_main/command/log.hpp"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <sstream>
#include <unistd.h>

namespace strata::cli {

void set_verbosity(int level) {
  static const bool once = [] {
    auto logger = spdlog::stderr_color_st("strata");
    logger->set_pattern("%^%l%$: %v");
    spdlog::set_default_logger(std::move(logger));
    return true;
  }();
  static_cast<void>(once);
  spdlog::set_level(static_cast<spdlog::level::level_enum>(
      std::clamp(spdlog::level::info - level, int{spdlog::level::trace}, int{spdlog::level::err})));
}

void log_error(const std::string& text) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);)
    spdlog::error("{}", line);
}

progress_display::progress_display(std::vector<std::string> names)
    : m_bars(isatty(STDERR_FILENO) && spdlog::should_log(spdlog::level::info)) {
  for (auto& name : names)
    m_jobs.push_back({std::move(name), "waiting", 0});
}

progress_display::~progress_display() {
  if (m_bars)
    draw();
}

void progress_display::started(std::size_t index) {
  m_jobs[index].state = "running";
  if (m_bars)
    draw();
  else
    spdlog::info("{}: started", m_jobs[index].name);
}

void progress_display::progressed(std::size_t index, double done) {
  const bool visible = std::floor(done * 100) > std::floor(m_jobs[index].done * 100);
  m_jobs[index].done = done;
  if (m_bars && visible)
    draw();
}

void progress_display::ended(std::size_t index, bool well) {
  m_jobs[index].state = well ? "done" : "failed";
  if (well)
    m_jobs[index].done = 1;
  if (m_bars)
    draw();
  else
    spdlog::info("{}: {}", m_jobs[index].name, m_jobs[index].state);
}

void progress_display::draw() {
  constexpr std::size_t width = 40;
  if (m_drawn)
    std::fprintf(stderr, "\033[%zuA", m_jobs.size());
  m_drawn = true;
  for (const auto& j : m_jobs) {
    const auto filled = static_cast<std::size_t>(std::clamp(j.done, 0.0, 1.0) * width);
    std::fprintf(stderr, "\r\033[K%-24s [%s%s] %3.0f %% %s\n", j.name.c_str(), std::string(filled, '#').c_str(),
                 std::string(width - filled, '.').c_str(), j.done * 100, j.state.c_str());
  }
}

} // namespace strata::cli
