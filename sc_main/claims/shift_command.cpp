// SPDX-License-Identifier: Apache-2.0
// `strata shift`: the inference shift as table, data and chart.
#include "models/base/diagnostic.hpp"
#include "platforms/search_path.hpp"
#include "sc_main/claims/many_runs.hpp"
#include "sc_main/claims/shift.hpp"
#include "sc_main/command/command_line.hpp"
#include "sc_main/command/output_directory.hpp"
#include "sc_main/report/html_report.hpp"

#include <iostream>
#include <optional>

namespace strata::cli {
namespace {

struct shift_options {
  std::string out, json_file, html, sweep = "sweeps/inference_shift";
  many_runs runs;
};

base::parameter_list parameters(shift_options& o) {
  base::parameter_list p;
  p.add("out", o.out, "Markdown file; without it the tables are printed");
  p.add("json", o.json_file, "JSON file of all points");
  p.add("html", o.html, "one HTML page with the charts, which needs no network");
  p.add("sweep", o.sweep, "shipped sweep, or a file: systems, loads, limits on the wait, memory prices");
  o.runs.add_to(p);
  return p;
}

} // namespace

int shift_command(const std::vector<std::string>& arguments, const simulator& simulate_one) {
  shift_options o;
  const base::parameter_list options = parameters(o);
  const parsed_options parsed = parse_options(arguments, options);
  if (parsed.help) {
    shift_options defaults;
    std::cout << "strata shift [options]\n\n"
                 "Serves the same tasks on systems under rising load, and says which is cheapest, and which takes the least\n"
                 "energy, under each limit on how long a user waits.\n\n"
              << options_help(parameters(defaults), "") << "\nExample:\n  strata shift --html out/shift.html\n";
    return success;
  }
  reject_settings(parsed, "the sweep");
  const auto file = platforms::find_document(o.sweep, "");
  if (!file)
    reject_option("--sweep: there is no '" + o.sweep + "', expected a file or a shipped sweep");
  const shift_sweep sweep = read_sweep(*file);
  std::optional<output_file> out, json_file, html; // before the runs: they take minutes
  if (!o.out.empty())
    out.emplace(o.out);
  if (!o.json_file.empty())
    json_file.emplace(o.json_file);
  if (!o.html.empty())
    html.emplace(o.html);
  const shift_points points = run_sweep(sweep, o.runs.jobs, simulate_one);
  const std::string text = shift_markdown(sweep, points);
  const json document = shift_document(sweep, points);
  if (out)
    out->commit(text);
  else
    std::cout << text << std::flush;
  if (json_file)
    json_file->commit(document.dump(1) + "\n");
  if (html)
    html->commit(html_page(document));
  return success;
}

} // namespace strata::cli
