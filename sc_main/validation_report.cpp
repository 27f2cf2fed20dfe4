// SPDX-License-Identifier: Apache-2.0
#include "sc_main/validation_report.hpp"

#include "sc_main/number_text.hpp"
#include "sc_main/text_table.hpp"

#include <cstdio>

namespace strata::cli {
namespace {

using json = nlohmann::ordered_json;

double kernels_per_cpu_s(const validation_result& r) {
  return r.host_cpu_s > 0 ? static_cast<double>(r.kernels) / r.host_cpu_s : 0;
}

void add(text_table& table, const std::string& dimension, const std::string& value, const error_statistics& s) {
  table.add({dimension, value, std::to_string(s.n), percent(s.mean_absolute), percent(s.median_absolute),
             percent(s.p90_absolute), percent(s.bias)});
}

json document(const error_statistics& s) {
  return {{"n", s.n}, {"mean_absolute", s.mean_absolute}, {"median_absolute", s.median_absolute},
          {"p90_absolute", s.p90_absolute}, {"bias", s.bias}};
}

std::string exact(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.6g", value);
  return text;
}

/// A cell as CSV wants it where it holds a comma or a quote.
std::string quoted(const std::string& cell) {
  if (cell.find_first_of(",\"") == std::string::npos)
    return cell;
  std::string text = "\"";
  for (const char c : cell)
    text += c == '"' || c == '\\' ? std::string("\\") + c : std::string(1, c);
  return text + '"';
}

} // namespace

std::string validation_text(const validation_result& r) {
  using align = text_table::align;
  text_table table({{"", align::left}, {"", align::left}, {"rows"}, {"mean |error|"}, {"median |error|"}, {"p90 |error|"}, {"bias"}});
  add(table, "all", "", r.overall());
  std::string last;
  for (const error_group& g : r.groups()) {
    add(table, g.label.dimension == last ? "" : g.label.dimension, g.label.value, g.statistics);
    last = g.label.dimension;
  }
  std::string text = r.platform + " against " + r.reference + ", relative errors of time\n\n" + table.text();
  if (r.rows_of_other_devices)
    text += "\n" + std::to_string(r.rows_of_other_devices) + " rows of other devices left out\n";
  return text + "\n" + std::to_string(r.kernels) + " kernels simulated, " + with_prefix(r.simulated_s, "s") +
         " of device time in " + with_prefix(r.host_cpu_s, "s") + " of CPU: " + plain(kernels_per_cpu_s(r)) +
         " kernels per CPU second\n";
}

json validation_document(const validation_result& r) {
  json groups = json::array();
  for (const error_group& g : r.groups()) {
    json group{{"dimension", g.label.dimension}, {"value", g.label.value}};
    group.update(document(g.statistics));
    groups.push_back(std::move(group));
  }
  return {{"platform", r.platform},
          {"reference", r.reference},
          {"rows_of_other_devices", r.rows_of_other_devices},
          {"all", document(r.overall())},
          {"groups", std::move(groups)},
          {"kernels", r.kernels},
          {"simulated_s", r.simulated_s},
          {"host", {{"cpu_s", r.host_cpu_s}, {"kernels_per_cpu_s", kernels_per_cpu_s(r)}}}};
}

std::string predictions_csv(const validation_result& r) {
  std::string text;
  for (const std::string& column : r.columns)
    text += column + ",";
  text += "latency_us,predicted_us,error\n";
  for (const prediction& p : r.predictions) {
    for (const std::string& cell : p.shape)
      text += quoted(cell) + ",";
    text += exact(p.measured_s * 1e6) + "," + exact(p.predicted_s * 1e6) + "," + exact(p.error()) + "\n";
  }
  return text;
}

json predictions_document(const validation_result& r) {
  json rows = json::array();
  for (const prediction& p : r.predictions) {
    json row;
    for (std::size_t i = 0; i < r.columns.size(); ++i)
      row[r.columns[i]] = p.shape[i];
    row["latency_us"] = p.measured_s * 1e6;
    row["predicted_us"] = p.predicted_s * 1e6;
    row["error"] = p.error();
    rows.push_back(std::move(row));
  }
  return {{"platform", r.platform}, {"reference", r.reference}, {"rows", std::move(rows)}};
}

} // namespace strata::cli
