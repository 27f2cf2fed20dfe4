// SPDX-License-Identifier: Apache-2.0
// fork, pipes and poll. A child sends lines: "p <share>" for progress and, last, "<state><text>" with the text
// running to the end of the stream.
#include "sc_main/command/process_pool.hpp"

#include "models/base/diagnostic.hpp"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <poll.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

namespace strata::cli {
namespace {

constexpr double finest_progress = 0.005; ///< a job may report more often than anybody reads
constexpr char progress_mark = 'p', finished_mark = 'r', bad_input_mark = 'i', failed_mark = 'f';

void send(int pipe, const std::string& text) {
  for (std::size_t sent = 0; sent < text.size();) {
    const ssize_t n = write(pipe, text.data() + sent, text.size() - sent);
    if (n < 0 && errno != EINTR)
      _exit(1); // the parent is gone
    sent += n > 0 ? static_cast<std::size_t>(n) : 0;
  }
}

[[noreturn]] void run_child(const process_job& job, int pipe) {
  std::string last;
  try {
    double sent = 0;
    last = finished_mark + job([pipe, &sent](double done) {
      if (done - sent < finest_progress)
        return;
      sent = done;
      send(pipe, progress_mark + std::to_string(done) + "\n");
    });
  } catch (const base::input_error& e) {
    last = bad_input_mark + std::string(e.what());
  } catch (const std::exception& e) {
    last = failed_mark + std::string(e.what());
  }
  send(pipe, last);
  std::fflush(nullptr);
  _exit(0); // not exit(): what the parent registered to run at its end is not the child's to run
}

struct child {
  pid_t pid;
  int pipe;
  std::size_t index;
  std::string unread;
};

child start(const process_job& job, std::size_t index, const std::vector<child>& others) {
  int ends[2];
  std::fflush(nullptr); // what is buffered would be written twice
  if (pipe(ends) != 0)
    throw std::system_error(errno, std::generic_category(), "pipe");
  const pid_t pid = fork();
  if (pid < 0) {
    const int error = errno;
    close(ends[0]);
    close(ends[1]);
    throw std::system_error(error, std::generic_category(), "fork");
  }
  if (pid == 0) {
    for (const auto& other : others)
      close(other.pipe);
    close(ends[0]);
    run_child(job, ends[1]);
  }
  close(ends[1]);
  return {pid, ends[0], index, {}};
}

void take_progress(child& c, const process_observer& observer) {
  std::size_t end;
  while (!c.unread.empty() && c.unread.front() == progress_mark && (end = c.unread.find('\n')) != std::string::npos) {
    observer.progressed(c.index, std::strtod(c.unread.c_str() + 1, nullptr));
    c.unread.erase(0, end + 1);
  }
}

process_outcome outcome_of(const child& c, int status) {
  using state = process_outcome::state;
  if (WIFSIGNALED(status))
    return {state::failed, "ended by signal " + std::to_string(WTERMSIG(status))};
  if (c.unread.empty() || c.unread.front() == progress_mark || WEXITSTATUS(status) != 0)
    return {state::failed, "ended early with status " + std::to_string(WEXITSTATUS(status))};
  const char mark = c.unread.front();
  return {mark == finished_mark ? state::finished : mark == bad_input_mark ? state::bad_input : state::failed,
          c.unread.substr(1)};
}

} // namespace

std::vector<process_outcome> run_in_processes(const std::vector<process_job>& jobs, std::size_t at_once,
                                              const process_observer& observer) {
  std::vector<process_outcome> outcomes(jobs.size());
  std::vector<child> running;
  std::size_t next = 0;
  while (next < jobs.size() || !running.empty()) {
    while (next < jobs.size() && running.size() < at_once) {
      running.push_back(start(jobs[next], next, running));
      observer.started(next++);
    }
    std::vector<pollfd> waiting;
    for (const auto& c : running)
      waiting.push_back({c.pipe, POLLIN, 0});
    if (poll(waiting.data(), waiting.size(), -1) < 0) {
      if (errno == EINTR)
        continue;
      throw std::system_error(errno, std::generic_category(), "poll");
    }
    for (std::size_t i = running.size(); i-- > 0;) {
      if (!waiting[i].revents)
        continue;
      child& c = running[i];
      char buffer[65536];
      const ssize_t n = read(c.pipe, buffer, sizeof buffer);
      if (n < 0 && errno == EINTR)
        continue;
      if (n > 0) {
        c.unread.append(buffer, static_cast<std::size_t>(n));
        take_progress(c, observer);
        continue;
      }
      close(c.pipe);
      int status = 0;
      while (waitpid(c.pid, &status, 0) < 0 && errno == EINTR)
        ;
      outcomes[c.index] = outcome_of(c, status);
      observer.ended(c.index, outcomes[c.index]);
      running.erase(running.begin() + static_cast<std::ptrdiff_t>(i));
    }
  }
  return outcomes;
}

} // namespace strata::cli
