// SPDX-License-Identifier: Apache-2.0
// sc_main, time resolution, and SystemC's report handler.
#include "sc_main/kernel/kernel.hpp"

#include <spdlog/spdlog.h>
#include <systemc>

#include <cstdlib>

namespace {

std::function<int()>& program_of_process() {
  static std::function<int()> program;
  return program;
}

spdlog::level::level_enum level_of(sc_core::sc_severity severity) {
  switch (severity) {
  case sc_core::SC_INFO: return spdlog::level::debug;
  case sc_core::SC_WARNING: return spdlog::level::warn;
  default: return spdlog::level::err;
  }
}

// SystemC prints to stdout, which belongs to results. Errors are thrown and reported by whoever catches them.
void log_report(const sc_core::sc_report& report, const sc_core::sc_actions& actions) {
  if (!(actions & sc_core::SC_THROW))
    spdlog::log(level_of(report.get_severity()), "{}: {}", report.get_msg_type(), report.get_msg());
  sc_core::sc_report_handler::default_handler(report, actions & ~sc_core::SC_DISPLAY);
}

} // namespace

int sc_main(int, char*[]) {
  sc_core::sc_set_time_resolution(1, sc_core::SC_FS);
  sc_core::sc_report_handler::set_handler(log_report);
  return program_of_process()();
}

namespace strata::cli {

int run_in_kernel(int argc, char* argv[], std::function<int()> program) {
  setenv("SC_COPYRIGHT_MESSAGE", "DISABLE", 0); // a banner on stderr with every run
  program_of_process() = std::move(program);
  return sc_core::sc_elab_and_sim(argc, argv);
}

} // namespace strata::cli
