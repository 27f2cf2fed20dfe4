// SPDX-License-Identifier: Apache-2.0
// main() of `strata` and of the executables per platform, which differ in STRATA_DEFAULT_PLATFORM only.
#include "sc_main/command/commands.hpp"
#include "sc_main/kernel/kernel.hpp"

int main(int argc, char* argv[]) {
  return strata::cli::run_in_kernel(argc, argv, [=] {
    return strata::cli::dispatch({argv + 1, argv + argc}, STRATA_DEFAULT_PLATFORM, strata::cli::simulate);
  });
}
