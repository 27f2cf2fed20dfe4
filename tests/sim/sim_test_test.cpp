// SPDX-License-Identifier: Apache-2.0
// SIM_TEST itself: everything that can go wrong in a child is seen, and nothing else is.
#include "tests/support/sim_test.hpp"

#include <csignal>

namespace strata::tests {
namespace {

class pulse : public sc_core::sc_module {
public:
  STRATA_HAS_PROCESS(pulse);
  explicit pulse(sc_core::sc_module_name name) : sc_core::sc_module(name) { SC_METHOD(step); }
  int steps = 0;

private:
  void step() {
    if (++steps < 3)
      next_trigger(sc_core::sc_time(7, sc_core::SC_FS));
  }
};

void simulate() {
  pulse p("p");
  sc_core::sc_start();
  EXPECT_EQ(p.steps, 3);
  EXPECT_EQ(sc_core::sc_time_stamp().value(), 14u);
}

/// The only message of a child that must fail exactly once.
std::string one_failure(void (*body)()) {
  const auto results = run_in_child(body, std::chrono::seconds(20));
  EXPECT_EQ(results.size(), 1u);
  return results.empty() ? "" : results.front().message;
}

SIM_TEST(sim_test, elaborates_once) { simulate(); }
SIM_TEST(sim_test, elaborates_again) { simulate(); }

TEST(sim_test, healthy_child_reports_nothing) { EXPECT_TRUE(run_in_child(simulate).empty()); }

TEST(sim_test, failed_expectations_keep_their_place) {
  const auto results = run_in_child([] {
    EXPECT_EQ(1, 2) << "first";
    EXPECT_EQ(3, 4) << "second";
  });
  ASSERT_EQ(results.size(), 2u);
  EXPECT_NE(results[0].message.find("first"), std::string::npos);
  EXPECT_NE(results[1].message.find("second"), std::string::npos);
  EXPECT_EQ(results[0].file, __FILE__);
  EXPECT_EQ(results[1].line, results[0].line + 1);
}

TEST(sim_test, crash_is_a_failure_and_keeps_earlier_ones) {
  const auto results = run_in_child([] {
    EXPECT_TRUE(false) << "before the crash";
    std::raise(SIGKILL);
  });
  ASSERT_EQ(results.size(), 2u);
  EXPECT_NE(results[0].message.find("before the crash"), std::string::npos);
  EXPECT_NE(results[1].message.find("Killed"), std::string::npos);
}

TEST(sim_test, early_exit_is_a_failure) {
  EXPECT_NE(one_failure([] { _exit(0); }).find("left before its body ended"), std::string::npos);
}

TEST(sim_test, hang_is_killed) {
  const auto results = run_in_child([] { pause(); }, std::chrono::milliseconds(50));
  ASSERT_EQ(results.size(), 1u);
  EXPECT_NE(results[0].message.find("still running after 50 ms"), std::string::npos);
}

TEST(sim_test, sc_reports_and_exceptions_are_failures_with_their_text) {
  EXPECT_NE(one_failure([] { SC_REPORT_ERROR("made/up", "an error"); }).find("an error"), std::string::npos);
  EXPECT_NE(one_failure([] { SC_REPORT_FATAL("made/up", "a fatal one"); }).find("a fatal one"), std::string::npos);
  EXPECT_NE(one_failure([] { SC_REPORT_WARNING("made/up", "a warning"); }).find("a warning"), std::string::npos);
  EXPECT_NE(one_failure([] { throw std::runtime_error("thrown"); }).find("thrown"), std::string::npos);
}

TEST(sim_test, unexpected_second_elaboration_is_seen) {
  EXPECT_NE(one_failure([] {
              simulate();
              pulse late("late");
            }).find("insert module failed"),
            std::string::npos);
}

SIM_TEST(sim_test, expected_reports_are_no_failures) {
  expect_warning("made/up");
  SC_REPORT_WARNING("made/up", "announced");
  EXPECT_THROW(SC_REPORT_FATAL("made/up", "caught"), sc_core::sc_report);
}

TEST(sim_test, missing_warning_is_a_failure) {
  EXPECT_NE(one_failure([] { expect_warning("made/up"); }).find("did not come"), std::string::npos);
}

TEST(sim_test, skip_is_passed_on) {
  const auto results = run_in_child([] { GTEST_SKIP() << "not here"; });
  ASSERT_EQ(results.size(), 1u);
  EXPECT_TRUE(results[0].skipped);
}

} // namespace
} // namespace strata::tests
