// SPDX-License-Identifier: Apache-2.0
// Golden files: what moved is a failure that names old and new value; blessing rewrites the file and passes.
#include "tests/support/golden.hpp"
#include "tests/support/sim_test.hpp"

#include <gmock/gmock.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

namespace strata::tests {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

std::string folder() { return testing::TempDir(); }
/// A file for each test: ctest runs them side by side.
std::string scenario() { return std::string("golden_test_") + testing::UnitTest::GetInstance()->current_test_info()->name(); }

void write(const std::string& text) { std::ofstream(folder() + scenario() + ".txt") << text; }
std::string written() {
  std::ostringstream text;
  text << std::ifstream(folder() + scenario() + ".txt").rdbuf();
  return text.str();
}

/// Failures of a child that runs `body`, one after the other.
std::string failures(void (*body)()) {
  std::string all;
  for (const auto& r : run_in_child(body))
    all += r.message + "\n";
  return all;
}

void check_two() {
  unsetenv("STRATA_BLESS");
  golden_file g(scenario(), folder());
  g.check("latency_sum", 1.25e-6, "s");
  g.check("steps", 40, "1");
}

TEST(golden, unmoved_values_pass) {
  write("# comment\nlatency_sum 1.25e-6 s\nsteps 40 1 # another\n");
  EXPECT_THAT(failures(check_two), IsEmpty());
}

TEST(golden, a_moved_value_fails_with_both_numbers) {
  write("latency_sum 1e-6 s\nsteps 40 1\n");
  const std::string said = failures(check_two);
  EXPECT_THAT(said, HasSubstr("latency_sum moved from 1e-06 to 1.25e-06 s (+25 %)"));
  EXPECT_THAT(said, HasSubstr("tests/bless"));
}

TEST(golden, unknown_missing_and_relabelled_values_fail) {
  write("latency_sum 1.25e-6 ms\nforgotten 1 J\n");
  const std::string said = failures(check_two);
  EXPECT_THAT(said, HasSubstr("no golden value for steps"));
  EXPECT_THAT(said, HasSubstr("forgotten was not checked"));
  EXPECT_THAT(said, HasSubstr("\"ms\""));
}

TEST(golden, malformed_lines_fail) {
  write("latency_sum 1.25e-6 s\nsteps 40\n");
  EXPECT_THAT(failures(check_two), HasSubstr("expected 'name number unit'"));
}

TEST(golden, tolerance_is_relative) {
  write("bandwidth 100 GB/s\n");
  EXPECT_THAT(failures([] { golden_file(scenario(), folder()).check("bandwidth", 101, "GB/s", 0.011); }), IsEmpty());
  EXPECT_THAT(failures([] { golden_file(scenario(), folder()).check("bandwidth", 101, "GB/s", 0.009); }),
              HasSubstr("moved"));
}

TEST(golden, blessing_rewrites_exactly_what_was_checked) {
  write("latency_sum 1e-6 s\nforgotten 1 J\n");
  EXPECT_THAT(failures([] {
                setenv("STRATA_BLESS", "1", 1);
                golden_file g(scenario(), folder());
                g.check("latency_sum", 0.1 + 0.2, "s");
                g.check("steps", 40, "1");
              }),
              IsEmpty());
  EXPECT_THAT(written(), HasSubstr("\nlatency_sum 0.30000000000000004 s\nsteps 40 1\n"));
}

} // namespace
} // namespace strata::tests
