// SPDX-License-Identifier: Apache-2.0
// Tables of a run as CSV, and the files of a result folder.
#include "sc_main/command/output_directory.hpp"
#include "sc_main/report/report.hpp"

#include <charconv>

namespace strata::cli {
namespace {

/// Shortest text that reads back as the same number.
std::string exact(double value) {
  char text[32];
  return {text, std::to_chars(text, text + sizeof text, value).ptr};
}

std::string quoted(const std::string& field) {
  if (field.find_first_of(",\"\n") == std::string::npos)
    return field;
  std::string text = "\"";
  for (const char c : field)
    text += c == '"' ? std::string("\"\"") : std::string(1, c);
  return text + "\"";
}

} // namespace

std::string requests_csv(const run_result& result) {
  // Times are whole picoseconds in the records; printed as seconds with all twelve digits.
  const auto seconds = [](std::int64_t ps) {
    const std::string fraction = std::to_string(1000000000000 + ps % 1000000000000);
    return std::to_string(ps / 1000000000000) + "." + fraction.substr(1);
  };
  std::string text = "id,arrival_s,admitted_s,first_token_s,finished_s,prompt_tokens,output_tokens,rejected,"
                     "shortfall_tokens,cached_tokens,fetched_tokens,preempted\n";
  for (const auto& r : result.requests) {
    text += std::to_string(r.id) + "," + seconds(r.arrival) + ",";
    text += r.rejected ? ",," : seconds(r.admitted) + "," + seconds(r.first_token) + "," + seconds(r.finished);
    text += "," + std::to_string(r.prompt) + "," + std::to_string(r.output) + "," + (r.rejected ? "1," : "0,") +
            std::to_string(r.shortfall_tokens) + "," + std::to_string(r.cached) + "," + std::to_string(r.fetched) + "," +
            std::to_string(r.preempted) + "\n";
  }
  return text;
}

std::string components_csv(const run_result& result) {
  std::string text = "component,type,represents,port_represents,static_power_W,meter,level,unit,amount,energy_J,busy_s,peak_per_s,"
                     "utilisation\n";
  for (const auto& c : result.components) {
    const std::string whose =
        quoted(c.path) + "," + c.type + "," + std::to_string(c.represents) + "," +
                              std::to_string(c.port_represents) + "," + exact(c.static_power_W) + ",";
    for (const auto& m : c.meters)
      text += whose + m.name + "," + m.level + "," + m.unit + "," + exact(m.amount) + "," + exact(m.joules) + "," +
              exact(m.busy_s) + "," + exact(m.peak_per_s) + "," + exact(m.utilisation) + "\n";
    if (c.meters.empty())
      text += whose + ",,,,,,,\n";
  }
  return text;
}

void write_reports(const std::filesystem::path& folder, const json& document, const run_result& result) {
  write_file(folder / "result.json", document.dump(2) + "\n");
  write_file(folder / "requests.csv", requests_csv(result));
  write_file(folder / "components.csv", components_csv(result));
  write_file(folder / "report.txt", report_text(document, text_form::terminal));
}

} // namespace strata::cli
