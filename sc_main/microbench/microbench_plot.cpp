// SPDX-License-Identifier: Apache-2.0
// Load-latency curves, drawn by the program gnuplot.
#include "sc_main/command/command_line.hpp"
#include "sc_main/microbench/microbench_report.hpp"

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

curve_plot latency_curve(const microbench_options& options, const microbench_result& result) {
  curve_plot plot{options.standard + ": read latency under load", "bandwidth, GB/s", "mean read latency, ns", "outstanding as labelled", {}};
  for (const auto& p : result.curve)
    plot.points.push_back({p.bandwidth_B_per_s * 1e-9, p.read_latency.mean * 1e9, std::to_string(p.outstanding)});
  return plot;
}

void draw(const curve_plot& curve, const std::string& svg) {
  std::ostringstream script;
  script << "set terminal svg size 800,500 noenhanced background 'white'\nset output " << quoted(svg) << "\nset title "
         << quoted(curve.title) << "\nset xlabel " << quoted(curve.x_label) << "\nset ylabel " << quoted(curve.y_label)
         << "\nset yrange [0:*]\nset xrange [0:*]\nset grid\n$curve << EOD\n";
  for (const auto& p : curve.points)
    if (std::isfinite(p.x) && std::isfinite(p.y))
      script << p.x << ' ' << p.y << ' ' << p.label << '\n';
  script << "EOD\nplot $curve using 1:2 with linespoints pointtype 7 title " << quoted(curve.label_title)
         << ", $curve using 1:2:3 with labels offset 0,1 notitle\n";
  // Where it cannot write the file it would draw on stdout, which is the report's.
  FILE* gnuplot = popen("gnuplot >/dev/null", "w");
  if (!gnuplot)
    throw std::runtime_error("gnuplot cannot be started");
  std::fputs(script.str().c_str(), gnuplot);
  if (pclose(gnuplot) != 0)
    throw base::input_error(command_line_location(), "--plot: gnuplot did not write '" + svg + "', expected a file that can be written");
}

} // namespace strata::cli
