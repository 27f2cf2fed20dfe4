// SPDX-License-Identifier: Apache-2.0
// `strata report`: an HTML page of the results in one or several folders.
#include "sc_main/command/command_line.hpp"
#include "sc_main/command/commands.hpp"
#include "sc_main/command/output_directory.hpp"
#include "sc_main/report/html_report.hpp"

#include <iostream>

namespace strata::cli {
namespace {

void print_help() {
  std::cout << "strata report FOLDER... [--out FILE.html]\n\n"
               "Writes one HTML page, which needs nothing else and no network, from the result.json of every FOLDER that\n"
               "`strata run --out` or `strata compare --out` wrote. Several runs stand side by side.\n\n"
               "  --out FILE.html   where to, default report.html; written whole or not at all\n"
               "  -h, --help        this text\n\n"
               "Example:\n"
               "  strata report out/dgx_h100 out/cs3_llama70b --out report.html\n";
}

} // namespace

int report_command(const std::vector<std::string>& arguments) {
  std::vector<std::string> folders;
  std::string out;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& a = arguments[i];
    if (a == "--help" || a == "-h") {
      print_help();
      return success;
    }
    const bool separate = a == "--out";
    if (separate || a.rfind("--out=", 0) == 0) {
      if (!out.empty())
        throw base::input_error(command_line_location(), "--out is given twice, expected it once");
      out = !separate ? a.substr(6) : i + 1 < arguments.size() ? arguments[++i] : "";
      if (out.empty())
        throw base::input_error(command_line_location(), "option '--out': its value is missing, expected the name of an HTML file");
    } else if (a.size() > 1 && a[0] == '-') {
      throw base::input_error(command_line_location(), "unknown option '" + a + "', expected --out FILE.html or --help");
    } else {
      folders.push_back(a);
    }
  }
  if (folders.empty())
    throw base::input_error(command_line_location(), "no folder given, expected one or more with a result.json");
  std::vector<json> results;
  for (const std::string& folder : folders)
    for (json& result : read_results(folder))
      results.push_back(std::move(result));
  if (out.empty())
    out = "report.html";
  replace_file(out, html_report(results));
  std::cout << out << ": report of " << results.size() << (results.size() == 1 ? " run\n" : " runs\n");
  return success;
}

} // namespace strata::cli
