// SPDX-License-Identifier: Apache-2.0
// Runs the tests where the executable runs its commands: inside sc_main.
#include "sc_main/kernel/kernel.hpp"

#include <gtest/gtest.h>

int main(int argc, char* argv[]) {
  testing::InitGoogleTest(&argc, argv);
  return strata::cli::run_in_kernel(argc, argv, [] { return RUN_ALL_TESTS(); });
}
