// SPDX-License-Identifier: Apache-2.0
// The two sides of SIM_TEST: the child runs the body and writes results to a pipe, the parent reads them and keeps time.
#include "tests/support/sim_test.hpp"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <stdexcept>

#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace strata::tests {
namespace {

constexpr char failure_mark = 'F', skip_mark = 'S', end_mark = 'E';

std::map<std::string, bool> expected_warnings; ///< id -> seen; used in the child only

/// Writes every failed or skipped part at once, so that nothing is lost when the child crashes later.
/// Format: mark, file, line, message, each ended by a zero byte.
class pipe_listener : public testing::EmptyTestEventListener {
public:
  explicit pipe_listener(int fd) : m_fd(fd) {}
  void OnTestPartResult(const testing::TestPartResult& part) override {
    if (!part.passed())
      send(part.skipped() ? skip_mark : failure_mark, part.file_name() ? part.file_name() : "",
           std::max(part.line_number(), 0), part.message());
  }
  void send(char mark, const std::string& file = "", int line = 0, const std::string& message = "") const {
    std::string text(1, mark);
    for (const std::string& field : {file, std::to_string(line), message})
      text += '\0' + field;
    text += '\0';
    for (std::size_t done = 0; done < text.size();) {
      const ssize_t n = write(m_fd, text.data() + done, text.size() - done);
      if (n < 0)
        _exit(EXIT_FAILURE);
      done += static_cast<std::size_t>(n);
    }
  }

private:
  int m_fd;
};

/// Errors and fatal reports are thrown, so that a body can expect them; a warning must have been announced.
void handle_report(const sc_core::sc_report& r, const sc_core::sc_actions& actions) {
  if (r.get_severity() == sc_core::SC_WARNING) {
    const auto announced = expected_warnings.find(r.get_msg_type());
    if (announced == expected_warnings.end())
      ADD_FAILURE() << "SystemC warning: " << r.get_msg_type() << ": " << r.get_msg();
    else
      announced->second = true;
    return;
  }
  sc_core::sc_report_handler::default_handler(r, actions & ~sc_core::sc_actions{sc_core::SC_ABORT});
}

[[noreturn]] void be_child(void (*body)(), int fd) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  auto& listeners = testing::UnitTest::GetInstance()->listeners();
  delete listeners.Release(listeners.default_result_printer()); // the parent prints
  auto* results = new pipe_listener(fd);
  listeners.Append(results);
  sc_core::sc_report_handler::set_handler(handle_report);
  sc_core::sc_report_handler::set_actions(sc_core::SC_ERROR, sc_core::SC_THROW);
  sc_core::sc_report_handler::set_actions(sc_core::SC_FATAL, sc_core::SC_THROW);
  try {
    sc_core::sc_set_time_resolution(1, sc_core::SC_FS);
    body();
  } catch (const std::exception& e) { // sc_report is one
    ADD_FAILURE() << "uncaught exception: " << e.what();
  } catch (...) {
    ADD_FAILURE() << "uncaught exception of unknown type";
  }
  for (const auto& [id, seen] : expected_warnings)
    EXPECT_TRUE(seen) << "the expected SystemC warning '" << id << "' did not come";
  results->send(end_mark);
  std::fflush(nullptr);
  _exit(EXIT_SUCCESS); // no static destructors: the parent's state is not ours to tear down
}

/// All that the child writes until it closes the pipe; false on running out of time.
bool read_all(int fd, std::chrono::milliseconds timeout, std::string& text) {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  for (;;) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now()).count();
    pollfd waiting{fd, POLLIN, 0};
    const int ready = left > 0 ? poll(&waiting, 1, static_cast<int>(left)) : 0;
    if (ready == 0)
      return false;
    if (ready < 0)
      continue; // interrupted by a signal
    char buffer[4096];
    const ssize_t n = read(fd, buffer, sizeof buffer);
    if (n <= 0)
      return true;
    text.append(buffer, static_cast<std::size_t>(n));
  }
}

std::string how_it_ended(int status) {
  if (WIFSIGNALED(status))
    return std::string("the test's process was killed by signal: ") + strsignal(WTERMSIG(status));
  return "the test's process left before its body ended, exit status " + std::to_string(WEXITSTATUS(status));
}

} // namespace

void expect_warning(const std::string& id) { expected_warnings.emplace(id, false); }

std::vector<child_result> run_in_child(void (*body)(), std::chrono::milliseconds timeout) {
  std::fflush(nullptr);
  int ends[2];
  if (pipe(ends) != 0)
    throw std::runtime_error("pipe failed");
  const pid_t child = fork();
  if (child < 0)
    throw std::runtime_error("fork failed");
  if (child == 0) {
    close(ends[0]);
    be_child(body, ends[1]);
  }
  close(ends[1]);
  std::string text;
  const bool in_time = read_all(ends[0], timeout, text);
  close(ends[0]);
  if (!in_time)
    kill(child, SIGKILL);
  int status = 0;
  waitpid(child, &status, 0);

  std::vector<child_result> results;
  bool ended = false;
  for (std::size_t at = 0; at < text.size();) {
    std::string fields[4];
    for (std::string& field : fields) {
      field = text.c_str() + at;
      at += field.size() + 1;
    }
    if (fields[0][0] == end_mark)
      ended = true;
    else
      results.push_back({fields[0][0] == skip_mark, fields[1], std::stoi(fields[2]), fields[3]});
  }
  if (!in_time)
    results.push_back({false, "", 0, "still running after " + std::to_string(timeout.count()) + " ms, killed"});
  else if (!ended)
    results.push_back({false, "", 0, how_it_ended(status)});
  return results;
}

void report(const std::vector<child_result>& results) {
  for (const auto& r : results)
    if (!r.skipped)
      ADD_FAILURE_AT(r.file.empty() ? "forked test" : r.file.c_str(), r.line) << r.message;
  for (const auto& r : results)
    if (r.skipped)
      GTEST_SKIP() << r.message;
}

} // namespace strata::tests
