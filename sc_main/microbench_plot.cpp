// SPDX-License-Identifier: Apache-2.0
// The load-latency curve, drawn by the program gnuplot.
#include "sc_main/command_line.hpp"
#include "sc_main/microbench_report.hpp"

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <sstream>

namespace strata::cli {
namespace {

/// In gnuplot's single quotes, where only they themselves are special.
std::string quoted(const std::string& text) {
  std::string result = "'";
  for (const char c : text)
    result += c == '\'' ? std::string("''") : std::string(1, c);
  return result + "'";
}

} // namespace

void require_gnuplot() {
  if (std::system("command -v gnuplot >/dev/null 2>&1") != 0)
    throw base::input_error(command_line_location(),
                            "--plot: there is no program gnuplot on the path, expected it installed (Debian: gnuplot-nox)");
}

void plot_curve(const microbench_options& options, const microbench_result& result, const std::string& svg) {
  std::ostringstream script;
  script << "set terminal svg size 800,500 noenhanced background 'white'\nset output " << quoted(svg)
         << "\nset title " << quoted(options.standard + ": read latency under load")
         << "\nset xlabel 'bandwidth, GB/s'\nset ylabel 'mean read latency, ns'\nset yrange [0:*]\nset xrange [0:*]\n"
            "set grid\n$curve << EOD\n";
  for (const auto& p : result.curve)
    if (std::isfinite(p.read_latency.mean))
      script << p.bandwidth_B_per_s * 1e-9 << ' ' << p.read_latency.mean * 1e9 << ' ' << p.outstanding << '\n';
  script << "EOD\nplot $curve using 1:2 with linespoints pointtype 7 title 'outstanding as labelled', "
            "$curve using 1:2:3 with labels offset 0,1 notitle\n";
  // Where it cannot write the file it would draw on stdout, which is the report's.
  FILE* gnuplot = popen("gnuplot >/dev/null", "w");
  if (!gnuplot)
    throw std::runtime_error("gnuplot cannot be started");
  std::fputs(script.str().c_str(), gnuplot);
  if (pclose(gnuplot) != 0)
    throw base::input_error(command_line_location(), "--plot: gnuplot did not write '" + svg + "', expected a file that can be written");
}

} // namespace strata::cli
