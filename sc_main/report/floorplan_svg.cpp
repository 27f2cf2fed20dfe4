// SPDX-License-Identifier: Apache-2.0
// Drawing of rectangles on meshes: shade by how full of weights the cores are, a line along the pipeline.
#include "sc_main/report/placement_report.hpp"

#include <algorithm>
#include <cstdio>
#include <string_view>

namespace strata::cli {
namespace {

constexpr double mesh_height = 640, gap = 40, top = 60, text_size = 11;

template <class... Values>
std::string format(const char* pattern, Values... values) {
  char text[512];
  std::snprintf(text, sizeof text, pattern, values...);
  return text;
}

/// White where cores hold no weights, blue where they hold nothing else.
std::string shade(double share) {
  const double s = std::clamp(share, 0.0, 1.0);
  return format("rgb(%d,%d,%d)", int(245 - 175 * s), int(248 - 118 * s), int(252 - 62 * s));
}

std::string label_of(const traffic::serving_plan& plan, const traffic::pipeline_stage& s) {
  const bool first = &s == &plan.stages.front(), last = &s == &plan.stages.back();
  std::string label = s.layers == 0 ? "head" : std::to_string(s.first_layer);
  if (s.layers > 1)
    label += "-" + std::to_string(s.first_layer + s.layers - 1);
  return (first ? "emb " : "") + label + (last && s.layers ? " head" : "");
}

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text)
    out += c == '<' ? "&lt;" : c == '&' ? "&amp;" : std::string(1, c);
  return out;
}

} // namespace

std::string floorplan_svg(const traffic::serving_plan& plan) {
  const auto& devices = plan.platform->devices;
  std::vector<double> x_of{gap};
  double scale = 1;
  for (const auto& d : devices) {
    scale = mesh_height / d.front().mesh.rows;
    x_of.push_back(x_of.back() + d.front().mesh.columns * scale + gap);
  }
  const double width = std::max(x_of.back(), 420.0);
  std::string out = format("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"%.0f\" font-family=\"sans-serif\" font-size=\"%g\">\n",
                           width, top + mesh_height + gap, text_size) +
                    "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n" +
                    format("<text x=\"%g\" y=\"22\" font-size=\"15\">", gap) + escaped(plan.model->name) + " on " +
                    escaped(plan.platform->name) + "; shade: share of the fullest core's memory that weights take</text>\n";
  for (std::size_t d = 0; d < devices.size(); ++d) {
    const traffic::mesh_view& mesh = devices[d].front().mesh;
    out += format("<text x=\"%g\" y=\"%g\">", x_of[d], top - 8) + escaped(devices[d].front().name) +
           format(", %u x %u cores</text>\n", mesh.columns, mesh.rows);
    std::string way;
    for (const traffic::pipeline_stage& s : plan.stages) {
      if (s.device != d)
        continue;
      const traffic::floor_region& r = s.region;
      const double x = x_of[d] + r.x * scale, y = top + r.y * scale, w = r.width * scale, h = r.height * scale;
      const traffic::core_use use = core_use_of(plan, s);
      out += format("<rect x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"%.2f\" stroke=\"#555\" fill=\"", x, y, w, h) +
             shade(use.weights / use.memory) + "\"/>\n";
      const std::string label = label_of(plan, s);
      const bool upright = w < text_size * 0.62 * static_cast<double>(label.size());
      const double cx = x + w / 2, cy = y + h / 2;
      out += format("<text x=\"%.2f\" y=\"%.2f\" text-anchor=\"middle\"", cx, cy - 5) +
             (upright ? format(" transform=\"rotate(-90 %.2f %.2f)\"", cx, cy) : "") + ">" + label + "</text>\n";
      way += format("%.2f,%.2f ", cx, cy);
    }
    out += "<polyline fill=\"none\" stroke=\"#c0392b\" stroke-width=\"1.5\" stroke-opacity=\"0.7\" points=\"" + way + "\"/>\n";
  }
  return out + "</svg>\n";
}

} // namespace strata::cli
