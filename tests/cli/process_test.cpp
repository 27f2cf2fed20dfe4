// SPDX-License-Identifier: Apache-2.0
// Processes, output folders, and the run and compare commands around an invented simulation.
#include "models/base/diagnostic.hpp"
#include "sc_main/command/commands.hpp"
#include "sc_main/command/output_directory.hpp"
#include "sc_main/command/process_pool.hpp"
#include "tests/cli/sample_result.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <unistd.h>

namespace strata::cli {
namespace {

namespace fs = std::filesystem;

class scratch : public testing::Test {
protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "strata-cli-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    m_folder = name;
  }
  void TearDown() override { fs::remove_all(m_folder); }
  std::size_t entries() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(m_folder), fs::directory_iterator()));
  }
  static std::string content(const fs::path& file) {
    std::ifstream in(file);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  fs::path m_folder;
};
using output_directory_test = scratch;
using command_test = scratch;

TEST_F(output_directory_test, appears_only_when_committed) {
  {
    output_directory out(m_folder / "a" / "b", "result.json");
    write_file(out.path() / "result.json", "{}");
    EXPECT_FALSE(fs::exists(m_folder / "a" / "b"));
    out.commit();
  }
  EXPECT_EQ(content(m_folder / "a" / "b" / "result.json"), "{}");
  EXPECT_EQ(std::distance(fs::directory_iterator(m_folder / "a"), fs::directory_iterator()), 1);
}

TEST_F(output_directory_test, takes_a_bare_name_as_one_of_the_current_folder) {
  const fs::path before = fs::current_path();
  fs::current_path(m_folder);
  {
    output_directory out("x", "result.json");
    write_file(out.path() / "result.json", "{}");
    out.commit();
  }
  fs::current_path(before);
  EXPECT_EQ(content(m_folder / "x" / "result.json"), "{}");
}

TEST_F(output_directory_test, leaves_nothing_when_abandoned) {
  {
    output_directory out(m_folder / "x", "result.json");
    write_file(out.path() / "result.json", "{}");
  }
  EXPECT_EQ(entries(), 0u);
}

TEST_F(output_directory_test, replaces_earlier_results_as_a_whole) {
  fs::create_directory(m_folder / "x");
  write_file(m_folder / "x" / "result.json", "old");
  write_file(m_folder / "x" / "stale.csv", "old");
  output_directory out(m_folder / "x/", "result.json");
  write_file(out.path() / "result.json", "new");
  EXPECT_EQ(content(m_folder / "x" / "result.json"), "old");
  out.commit();
  EXPECT_EQ(content(m_folder / "x" / "result.json"), "new");
  EXPECT_FALSE(fs::exists(m_folder / "x" / "stale.csv"));
  EXPECT_EQ(entries(), 1u);
}

TEST_F(output_directory_test, refuses_to_replace_what_it_did_not_write) {
  write_file(m_folder / "thesis.tex", "x");
  EXPECT_THROW(output_directory(m_folder, "result.json"), base::input_error);
  EXPECT_THROW(output_directory(m_folder / "thesis.tex", "result.json"), base::input_error);
  EXPECT_THROW(output_directory(m_folder / "thesis.tex" / "below", "result.json"), base::input_error);
  EXPECT_EQ(content(m_folder / "thesis.tex"), "x");
}

TEST(process_pool, collects_results_progress_and_every_way_of_failing) {
  const std::string large(300000, 'p'); // several pipe buffers, and full of the progress mark
  const std::vector<process_job> jobs{
      [&](const auto& progress) { return progress(0.25), progress(0.5), large; },
      [](const auto&) -> std::string { throw base::input_error({"a.yaml", 7}, "wrong"); },
      [](const auto&) -> std::string { throw std::runtime_error("broken"); },
      [](const auto& progress) -> std::string { progress(0.5), std::raise(SIGKILL); return ""; },
      [](const auto&) -> std::string { _exit(5); },
      [](const auto&) { return std::string(); },
  };
  std::vector<double> progress;
  int running = 0, most = 0;
  const auto outcomes = run_in_processes(jobs, 2,
                                         {[&](std::size_t) { most = std::max(most, ++running); },
                                          [&](std::size_t i, double done) { if (i == 0) progress.push_back(done); },
                                          [&](std::size_t, const process_outcome&) { --running; }});
  using state = process_outcome::state;
  EXPECT_EQ(most, 2);
  EXPECT_EQ(progress, (std::vector<double>{0.25, 0.5}));
  EXPECT_EQ(outcomes[0].ended, state::finished);
  EXPECT_EQ(outcomes[0].text, large);
  EXPECT_EQ(outcomes[1].ended, state::bad_input);
  EXPECT_EQ(outcomes[1].text, "a.yaml:7: wrong");
  EXPECT_EQ(outcomes[2].ended, state::failed);
  EXPECT_EQ(outcomes[2].text, "broken");
  EXPECT_EQ(outcomes[3].text, "ended by signal 9");
  EXPECT_EQ(outcomes[4].text, "ended early with status 5");
  EXPECT_EQ(outcomes[5].ended, state::finished);
}

/// Serves "toy", fails an audit on "leaky", rejects anything else.
run_result invented(const run_options& o, const progress_callback& progress) {
  progress(1);
  auto r = test::sample_result();
  r.platform = o.platform;
  if (o.platform == "leaky")
    r.audits.push_back({"bytes", false, "asked 1 B, served 2 B"});
  else if (o.platform != "toy")
    throw base::input_error({o.platform, 0}, "unknown platform, expected toy or leaky");
  return r;
}

int quiet(const std::function<int()>& command) {
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  const int status = command();
  testing::internal::GetCapturedStdout();
  testing::internal::GetCapturedStderr();
  return status;
}

TEST_F(command_test, run_writes_all_reports) {
  const std::string out = (m_folder / "r").string();
  EXPECT_EQ(quiet([&] { return run_command({"toy", "--model", "m", "--batch", "1", "--out", out}, "", invented); }), success);
  for (const char* name : {"result.json", "requests.csv", "components.csv", "report.txt"})
    EXPECT_FALSE(content(m_folder / "r" / name).empty()) << name;
}

TEST_F(command_test, run_reports_a_failed_audit_and_still_writes) {
  const std::string out = (m_folder / "r").string();
  EXPECT_EQ(quiet([&] { return run_command({"leaky", "--model", "m", "--batch", "1", "--out", out}, "", invented); }),
            audit_failure);
  EXPECT_TRUE(fs::exists(m_folder / "r" / "result.json"));
}

TEST_F(command_test, run_of_bad_input_writes_nothing) {
  const std::string out = (m_folder / "r").string();
  EXPECT_THROW(quiet([&] { return run_command({"nope", "--model", "m", "--batch", "1", "--out", out}, "", invented); }),
               base::input_error);
  testing::internal::GetCapturedStdout();
  testing::internal::GetCapturedStderr();
  EXPECT_EQ(entries(), 0u);
}

TEST_F(command_test, compare_keeps_what_succeeded_and_fails_for_the_rest) {
  const std::string out = (m_folder / "c").string();
  EXPECT_EQ(quiet([&] {
              return compare_command({"toy", "leaky", "nope", "--model", "m", "--batch", "1", "--out", out}, invented);
            }),
            bad_input);
  for (const char* name : {"comparison.txt", "comparison.json", "report.md", "toy/result.json", "toy/requests.csv", "leaky/report.txt"})
    EXPECT_FALSE(content(m_folder / "c" / name).empty()) << name;
  EXPECT_FALSE(fs::exists(m_folder / "c" / "nope"));
  EXPECT_EQ(nlohmann::json::parse(content(m_folder / "c" / "toy" / "result.json")).at("options").at("platform"), "toy");
  EXPECT_EQ(quiet([&] { return compare_command({"toy", "leaky", "--model", "m", "--batch", "1"}, invented); }), audit_failure);
  EXPECT_EQ(quiet([&] { return compare_command({"toy", "--model", "m", "--batch", "1"}, invented); }), success);
}

TEST_F(command_test, compare_refuses_platforms_of_one_name) {
  EXPECT_THROW(compare_command({"toy", "x/toy.yaml", "--model", "m", "--batch", "1"}, invented), base::input_error);
}

} // namespace
} // namespace strata::cli
