// SPDX-License-Identifier: Apache-2.0
// What a microbenchmark prints: text for people, JSON for programs, a load-latency curve as SVG.
#pragma once

#include "sc_main/microbench/microbench.hpp"
#include "sc_main/report/report.hpp"

#include <string>

namespace strata::cli {

/// {"schema": "strata.microbench", ..}: figures as in result.json; "host", what the run cost on this machine, last.
json microbench_document(const microbench_options& options, const microbench_result& result);
std::string microbench_text(const microbench_options& options, const microbench_result& result);

/// Throws base::input_error where there is no program gnuplot on the path.
void require_gnuplot();
/// A measured curve for `draw`; every point is labelled.
struct curve_plot {
  std::string title, x_label, y_label, label_title;
  struct point {
    double x, y;
    std::string label;
  };
  std::vector<point> points; ///< those that are not finite are left out
};
curve_plot latency_curve(const microbench_options& options, const microbench_result& result);
/// Draws `curve` into the file `svg`. Throws base::input_error where gnuplot does not write it.
void draw(const curve_plot& curve, const std::string& svg);

} // namespace strata::cli
