// SPDX-License-Identifier: Apache-2.0
// libsystemc owns main() and calls sc_main.
#include "models/base/systemc.hpp"

#include <benchmark/benchmark.h>

int sc_main(int argc, char* argv[]) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv))
    return 2;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
