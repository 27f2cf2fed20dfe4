// SPDX-License-Identifier: Apache-2.0
// Layout of comparisons.
#include "sc_main/run/comparison.hpp"

#include "sc_main/command/text_table.hpp"

#include <algorithm>
#include <map>

namespace strata::cli {
namespace {

using state = process_outcome::state;

/// Rows are the union of the platforms' headlines, since levels and phases differ; a new row goes after the one it
/// follows on its own platform.
text_table side_by_side(const std::vector<compared_platform>& platforms) {
  std::vector<text_table::column> columns{{"", text_table::align::left}};
  std::vector<std::string> labels;
  std::vector<std::map<std::string, std::string>> values;
  for (const auto& p : platforms) {
    columns.push_back({p.name, text_table::align::right});
    values.emplace_back();
    if (p.ended != state::finished)
      continue;
    auto after = labels.begin();
    for (const auto& [label, text] : headline(p.result)) {
      values.back()[label] = text;
      const auto at = std::find(labels.begin(), labels.end(), label);
      after = at != labels.end() ? at + 1 : labels.insert(after, label) + 1;
    }
  }
  text_table table(columns);
  for (const auto& label : labels) {
    std::vector<std::string> cells{label};
    for (const auto& of_platform : values) {
      const auto at = of_platform.find(label);
      cells.push_back(at == of_platform.end() ? "-" : at->second);
    }
    table.add(cells);
  }
  return table;
}

std::string failures(const std::vector<compared_platform>& platforms) {
  std::string text;
  for (const auto& p : platforms) {
    if (p.ended != state::finished)
      text += p.name + ": " + (p.ended == state::bad_input ? "bad input: " : "failed: ") + p.error + "\n";
    else
      for (const auto& name : failed_audits(p.result))
        text += p.name + ": audit '" + name + "' failed\n";
  }
  return text;
}

std::string what_ran(const std::vector<compared_platform>& platforms) {
  for (const auto& p : platforms)
    if (p.ended == state::finished)
      return p.result.at("model").at("name").get<std::string>() + ", weights " +
             p.result.at("model").at("weights_type").get<std::string>() + ", " +
             p.result.at("traffic").get<std::string>();
  return "no platform finished";
}

} // namespace

std::string comparison_text(const std::vector<compared_platform>& platforms) {
  const std::string failed = failures(platforms);
  return what_ran(platforms) + "\n\n" + side_by_side(platforms).text() + (failed.empty() ? "" : "\n" + failed);
}

json comparison_document(const std::vector<compared_platform>& platforms) {
  json document = {{"schema", "strata.comparison"},
                   {"schema_version", comparison_schema_version},
                   {"platforms", json::array()}};
  for (const auto& p : platforms) {
    json entry = {{"platform", p.name}};
    if (p.ended != state::finished) {
      entry["status"] = p.ended == state::bad_input ? "bad_input" : "failed";
      entry["error"] = p.error;
    } else {
      entry["status"] = failed_audits(p.result).empty() ? "passed" : "audit_failed";
      entry["result"] = p.name + "/result.json";
      for (const char* key : {"requests", "simulated_time", "latency", "throughput", "energy"})
        entry[key] = p.result.at(key);
    }
    document["platforms"].push_back(entry);
  }
  return document;
}

std::string comparison_report(const std::vector<compared_platform>& platforms) {
  std::string text = "# Comparison\n\n" + what_ran(platforms) + "\n\n" + side_by_side(platforms).markdown();
  const std::string failed = failures(platforms);
  if (!failed.empty())
    text += "\n## Failures\n\n" + failed;
  for (const auto& p : platforms)
    if (p.ended == state::finished)
      text += "\n## " + p.name + "\n\nFiles: `" + p.name + "/result.json`, `requests.csv`, `components.csv`, `report.txt`\n\n" +
              report_text(p.result, text_form::markdown);
  return text;
}

} // namespace strata::cli
