// SPDX-License-Identifier: Apache-2.0
#include "sc_main/validate/validation_report.hpp"

#include "sc_main/command/number_text.hpp"
#include "sc_main/command/text_table.hpp"

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

std::string error_table(const validation_result& r) {
  using align = text_table::align;
  text_table table({{"", align::left}, {"", align::left}, {"rows"}, {"mean |error|"}, {"median |error|"}, {"p90 |error|"}, {"bias"}});
  add(table, "all", "", r.overall());
  std::string last;
  for (const error_group& g : r.groups()) {
    add(table, g.label.dimension == last ? "" : g.label.dimension, g.label.value, g.statistics);
    last = g.label.dimension;
  }
  return r.platform + " against " + r.reference + ", relative errors of " + r.quantity + "\n\n" + table.text();
}

json error_document(const validation_result& r) {
  json groups = json::array();
  for (const error_group& g : r.groups()) {
    json group{{"dimension", g.label.dimension}, {"value", g.label.value}};
    group.update(document(g.statistics));
    groups.push_back(std::move(group));
  }
  return {{"all", document(r.overall())}, {"groups", std::move(groups)}};
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
  std::string text = error_table(r);
  if (r.rows_of_other_devices)
    text += "\n" + std::to_string(r.rows_of_other_devices) + " rows of other devices left out\n";
  return text + "\n" + std::to_string(r.kernels) + " kernels simulated, " + with_prefix(r.simulated_s, "s") +
         " of device time in " + with_prefix(r.host_cpu_s, "s") + " of CPU: " + plain(kernels_per_cpu_s(r)) +
         " kernels per CPU second\n";
}

json validation_document(const validation_result& r) {
  json result{{"platform", r.platform}, {"reference", r.reference}, {"rows_of_other_devices", r.rows_of_other_devices}};
  result.update(error_document(r));
  result.update({{"kernels", r.kernels},
                 {"simulated_s", r.simulated_s},
                 {"host", {{"cpu_s", r.host_cpu_s}, {"kernels_per_cpu_s", kernels_per_cpu_s(r)}}}});
  return result;
}

std::string predictions_csv(const validation_result& r) {
  std::string text;
  for (const std::string& column : r.columns)
    text += column + ",";
  text += "latency_us,predicted_us,error\n";
  for (const prediction& p : r.predictions) {
    for (const std::string& cell : p.shape)
      text += quoted(cell) + ",";
    text += exact(p.measured * 1e6) + "," + exact(p.predicted * 1e6) + "," + exact(p.error()) + "\n";
  }
  return text;
}

json predictions_document(const validation_result& r) {
  json rows = json::array();
  for (const prediction& p : r.predictions) {
    json row;
    for (std::size_t i = 0; i < r.columns.size(); ++i)
      row[r.columns[i]] = p.shape[i];
    row["latency_us"] = p.measured * 1e6;
    row["predicted_us"] = p.predicted * 1e6;
    row["error"] = p.error();
    rows.push_back(std::move(row));
  }
  return {{"platform", r.platform}, {"reference", r.reference}, {"rows", std::move(rows)}};
}

std::string validation_text(const serving_validation_result& r) {
  std::string text;
  for (const validation_result& f : r.figures)
    if (!f.predictions.empty())
      text += (text.empty() ? "" : "\n") + error_table(f);
  for (const validation_result& f : r.saturated)
    if (!f.predictions.empty())
      text += "\n" + f.quantity + " of saturated rows (measured mean TTFT above 5 s): " +
              std::to_string(f.predictions.size()) + " rows, mean |error| " + percent(f.overall().mean_absolute) +
              ", bias " + percent(f.overall().bias) + "\n";
  for (const auto& [why, rows] : r.left_out)
    text += "\n" + std::to_string(rows) + " rows left out: " + why + "\n";
  const validation_result& first = r.figures.front();
  if (first.rows_of_other_devices)
    text += "\n" + std::to_string(first.rows_of_other_devices) + " rows of other devices left out\n";
  return text + "\n" + std::to_string(r.runs) + " runs, " + with_prefix(r.simulated_s, "s") + " of serving in " +
         with_prefix(r.host_cpu_s, "s") + " of CPU\n";
}

json validation_document(const serving_validation_result& r) {
  const validation_result& first = r.figures.front();
  json result{{"platform", first.platform}, {"reference", first.reference},
              {"rows_of_other_devices", first.rows_of_other_devices}};
  for (const auto& [why, rows] : r.left_out)
    result["left_out"][why] = rows;
  for (const validation_result& f : r.figures)
    if (!f.predictions.empty())
      result["figures"][f.quantity] = error_document(f);
  for (const validation_result& f : r.saturated)
    result["saturated"][f.quantity] = error_document(f);
  result.update({{"simulated_s", r.simulated_s}, {"host", {{"cpu_s", r.host_cpu_s}}}});
  return result;
}

std::string predictions_csv(const serving_validation_result& r) {
  std::string text;
  for (const std::string& column : r.figures.front().columns)
    text += column + ",";
  text += "saturated,figure,unit,measured,predicted,error\n";
  for (const auto* results : {&r.figures, &r.saturated})
    for (const validation_result& f : *results)
      for (const prediction& p : f.predictions) {
        for (const std::string& cell : p.shape)
          text += quoted(cell) + ",";
        text += std::string(results == &r.saturated ? "1," : "0,") + f.quantity + "," + f.unit + "," + exact(p.measured) +
                "," + exact(p.predicted) + "," + exact(p.error()) + "\n";
      }
  return text;
}

json predictions_document(const serving_validation_result& r) {
  json rows = json::array();
  for (const auto* results : {&r.figures, &r.saturated})
    for (const validation_result& f : *results)
      for (const prediction& p : f.predictions) {
        json row;
        for (std::size_t i = 0; i < f.columns.size(); ++i)
          row[f.columns[i]] = p.shape[i];
        row.update({{"saturated", results == &r.saturated}, {"figure", f.quantity}, {"unit", f.unit},
                    {"measured", p.measured}, {"predicted", p.predicted}, {"error", p.error()}});
        rows.push_back(std::move(row));
      }
  return {{"platform", r.figures.front().platform}, {"reference", r.figures.front().reference}, {"rows", std::move(rows)}};
}

} // namespace strata::cli
