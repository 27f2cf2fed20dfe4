// SPDX-License-Identifier: Apache-2.0
// Entry of test executables that use SystemC: gtest inside sc_main, without SystemC's banner.
#include "models/base/systemc.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

int sc_main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}

int main(int argc, char** argv) {
  setenv("SYSTEMC_DISABLE_COPYRIGHT_MESSAGE", "1", 0);
  return sc_core::sc_elab_and_sim(argc, argv);
}
