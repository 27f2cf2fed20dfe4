// SPDX-License-Identifier: Apache-2.0
// SIM_TEST: a gtest TEST that may elaborate SystemC modules. SystemC elaborates once per process, so every body runs
// in a forked child of its own; what fails there (expectations, reports, crashes, hangs) fails the test here.
#pragma once

#include "models/base/systemc.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

namespace strata::tests {

/// One failed (or skipped) expectation of a child. `file` is empty where the child itself ended badly.
struct child_result {
  bool skipped;
  std::string file;
  int line;
  std::string message;
};

/// Runs `body` in a forked child at a time resolution of 1 fs and returns everything that went wrong. The following
/// count as failures besides failed expectations: an uncaught exception or sc_report, a SystemC warning that was not
/// announced by expect_warning(), death by a signal, leaving the process early, and running longer than `timeout`.
std::vector<child_result> run_in_child(void (*body)(), std::chrono::milliseconds timeout = std::chrono::seconds(60));

/// Inside a body: a SystemC warning of message type `id` is expected, and its absence is a failure.
void expect_warning(const std::string& id);

/// Repeats the results of a child in the calling test.
void report(const std::vector<child_result>& results);

} // namespace strata::tests

#define SIM_TEST(suite, name)                                                                                         \
  static void suite##_##name##_body();                                                                                \
  TEST(suite, name) { strata::tests::report(strata::tests::run_in_child(&suite##_##name##_body)); }                   \
  static void suite##_##name##_body()
