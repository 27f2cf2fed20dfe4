// SPDX-License-Identifier: Apache-2.0
// The page's parts come from sc_main/report, put into the program when it is built.
#include "sc_main/report/html_report.hpp"

#include "models/base/diagnostic.hpp"
#include "sc_main/report/page_parts.hpp"
#include "sc_main/run/comparison.hpp"
#include "sc_main/run/ledger.hpp"

#include <fstream>
#include <set>

namespace strata::cli {
namespace {

namespace fs = std::filesystem;

/// The effective netlist stays out: components carry the same values.
json page_data(const std::vector<json>& results) {
  json runs = json::array();
  for (json result : results) {
    result.erase("configuration");
    result.erase("host"); // what the simulation cost differs between equal runs
    std::set<std::string> known; // equal elements of an array have equal parameters: the page shows those of the first
    for (json& c : result.at("components"))
      if (!known.insert(resource_name(c.at("path"))).second)
        c["parameters"] = json::array();
    runs.push_back(std::move(result));
  }
  return runs;
}

json read_document(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in)
    throw base::input_error({file.string(), 0}, "cannot be read, expected a file that `strata run --out` or `strata compare --out` wrote");
  try {
    return json::parse(in);
  } catch (const json::parse_error& e) {
    throw base::input_error({file.string(), 0}, std::string("is no JSON (") + e.what() + "), expected a whole file");
  }
}

void check_document(const fs::path& file, const json& document, const std::string& schema, int version) {
  const auto reject = [&file](const std::string& message) { throw base::input_error({file.string(), 0}, message); };
  if (!document.is_object() || document.value("schema", json()) != schema)
    reject("is no document of schema " + schema + ", expected one that strata wrote");
  if (document.value("schema_version", json()) != version)
    reject("has schema version " + document.value("schema_version", json()).dump() + ", expected " + std::to_string(version));
}

json read_result(const fs::path& file) {
  json result = read_document(file);
  check_document(file, result, "strata.result", result_schema_version);
  for (const char* key : {"platform", "options", "traffic", "model", "kv_cache", "requests", "simulated_time", "latency",
                          "throughput", "energy", "phases", "timeline", "components", "fidelity", "audits"})
    if (!result.contains(key))
      throw base::input_error({file.string(), 0}, std::string("has no '") + key +
                                                      "', expected a result of this version of strata; run it again");
  return result;
}

} // namespace

std::string html_page(const json& data) {
  std::string text;
  for (const char c : data.dump(-1, ' ', false, json::error_handler_t::replace))
    text += c == '<' ? std::string("\\u003c") : std::string(1, c); // some name could end the <script> element
  return std::string(report_page::before_data) + text + report_page::after_data;
}

std::string html_report(const std::vector<json>& results) { return html_page(page_data(results)); }

std::vector<json> read_results(const fs::path& folder) {
  if (!fs::is_directory(folder))
    throw base::input_error({folder.string(), 0}, "is no folder, expected one that `strata run --out` or `strata compare --out` wrote");
  if (!fs::exists(folder / "comparison.json"))
    return {read_result(folder / "result.json")};
  const json comparison = read_document(folder / "comparison.json");
  check_document(folder / "comparison.json", comparison, "strata.comparison", comparison_schema_version);
  std::vector<json> results;
  for (const json& platform : comparison.at("platforms"))
    if (platform.contains("result"))
      results.push_back(read_result(folder / platform.at("result").get<std::string>()));
  if (results.empty())
    throw base::input_error({folder.string(), 0}, "no platform of this comparison finished, expected at least one");
  return results;
}

} // namespace strata::cli
