// SPDX-License-Identifier: Apache-2.0
// Text, JSON and plot of `strata microbench fabric`, and the command itself.
#include "sc_main/command/commands.hpp"
#include "sc_main/command/number_text.hpp"
#include "sc_main/command/text_table.hpp"
#include "sc_main/microbench/fabric_bench.hpp"

#include <cmath>
#include <iostream>

namespace strata::cli {
namespace {

std::string text_of(double value, const fabric_bench_result::column& c) {
  if (!std::isfinite(value))
    return "-";
  if (c.name.find("error") != std::string::npos)
    return percent(value);
  return c.unit == "1" || c.unit == "cycle" || c.unit == "flit/cycle" ? plain(value) : with_prefix(value, c.unit == "1/s" ? "" : c.unit);
}

curve_plot curve_of(const fabric_bench_options& o, const fabric_bench_result& r) {
  curve_plot plot;
  plot.points.reserve(r.rows.size());
  if (o.packets()) {
    plot = {"Packets on a mesh", "accepted, flits per core and cycle", "mean latency, cycles", "injection as labelled", {}};
    for (const auto& row : r.rows)
      plot.points.push_back({row[1], row[3], plain(row[0])});
  } else {
    plot = {"Collective on a row of cores", "cycles of the published model", "cycles, word by word", "cores as labelled", {}};
    for (const auto& row : r.rows)
      plot.points.push_back({row[5], row[3], plain(row[0])});
  }
  return plot;
}

} // namespace

json fabric_bench_document(const fabric_bench_options& options, const fabric_bench_result& r) {
  fabric_bench_options copy = options; // parameters() binds to a mutable object
  json document = {{"schema", "strata.microbench.fabric"}, {"schema_version", 1}};
  const auto declared = copy.parameters();
  for (const auto& p : declared.all())
    if (p.name != "json" && p.name != "plot")
      document["options"][p.name] = p.get();
  document["points"] = json::array();
  for (const auto& row : r.rows) {
    json point;
    for (std::size_t i = 0; i < row.size(); ++i)
      point[r.columns[i].name] = figure(row[i], r.columns[i].unit);
    document["points"].push_back(point);
  }
  document["summary"] = json::object();
  for (const auto& [column, value] : r.summary)
    document["summary"][column.name] = figure(value, column.unit);
  for (const auto& [column, value] : r.host)
    document["host"][column.name] = figure(value, column.unit);
  return document;
}

std::string fabric_bench_text(const fabric_bench_options&, const fabric_bench_result& r) {
  std::vector<text_table::column> titles;
  for (const auto& c : r.columns)
    titles.push_back({c.name + (c.unit == "cycle" || c.unit == "flit/cycle" ? " [" + c.unit + "]" : ""), text_table::align::right});
  text_table table(titles);
  for (const auto& row : r.rows) {
    std::vector<std::string> cells;
    for (std::size_t i = 0; i < row.size(); ++i)
      cells.push_back(text_of(row[i], r.columns[i]));
    table.add(std::move(cells));
  }
  text_table below({{"", text_table::align::left}, {"", text_table::align::left}});
  for (const auto* part : {&r.summary, &r.host})
    for (const auto& [column, value] : *part)
      below.add({column.name, text_of(value, column)});
  return table.text(200) + "\n" + below.text();
}

int fabric_bench_command(const std::vector<std::string>& arguments) {
  const auto options = parse_fabric_bench_options(arguments);
  if (options.help) {
    std::cout << "strata microbench fabric --pattern PATTERN [options]\n\n"
                 "Packets on a mesh: latency and accepted load. Collectives: cycles word by word, against the stream level and\n"
                 "the published model of wafer-scale reductions (Luczynski et al., HPDC 2024).\n\n"
              << fabric_bench_help()
              << "\nExamples:\n"
                 "  strata microbench fabric --pattern uniform --vcs 4 --injection 0.2\n"
                 "  strata microbench fabric --pattern all_reduce --json\n"
                 "  strata microbench fabric --pattern reduce --algorithm two_phase --width 750 --vector '4 KiB'\n";
    return success;
  }
  if (!options.plot.empty())
    require_gnuplot();
  const auto result = run_fabric_bench(options);
  if (!options.plot.empty())
    draw(curve_of(options, result), options.plot);
  std::cout << (options.as_json ? fabric_bench_document(options, result).dump(2) + "\n" : fabric_bench_text(options, result));
  return success;
}

} // namespace strata::cli
