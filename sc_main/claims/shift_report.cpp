// SPDX-License-Identifier: Apache-2.0
// Layout of the inference shift.
#include "sc_main/claims/shift.hpp"

#include "sc_main/command/number_text.hpp"
#include "sc_main/command/text_table.hpp"

#include <algorithm>
#include <optional>

namespace strata::cli {
namespace {

using json = nlohmann::ordered_json;
constexpr auto left = text_table::align::left;
constexpr double joules = 0; ///< in place of a memory price: by energy

std::string duration_text(double s) {
  return s < 60 ? with_prefix(s, "s") : s < 3600 ? plain(s / 60) + " min" : plain(s / 3600) + " h";
}

std::string best_text(const shift_traffic& t, const std::vector<std::vector<shift_point>>& systems, double wait_s, double by) {
  const shift_winner w = winner(systems, wait_s, by);
  if (!w.any)
    return "none";
  const shift_point& p = systems[w.system][w.point];
  return t.systems[w.system].name + ", " + (by > 0 ? plain(100 * p.usd(by)) + " ct" : with_prefix(p.energy_J, "J"));
}

text_table winners(const shift_sweep& sweep, const shift_traffic& t, const std::vector<std::vector<shift_point>>& systems) {
  std::vector<text_table::column> columns{{"wait, at most, a token"}};
  for (const double price : sweep.memory_prices)
    columns.push_back({price == 1 ? "least dollars a task" : "memory at " + plain(price) + " times its price", left});
  columns.push_back({"least joules a task", left});
  text_table table(columns);
  for (const figure_value& wait : sweep.waits) {
    std::vector<std::string> cells{duration_text(wait.value)};
    for (const double price : sweep.memory_prices)
      cells.push_back(best_text(t, systems, wait.value, price));
    cells.push_back(best_text(t, systems, wait.value, joules));
    table.add(cells);
  }
  return table;
}

/// "A from 1.6 ms, B from 5.2 ms": who is best from which wait on.
std::string crossings(const shift_traffic& t, const std::vector<std::vector<shift_point>>& systems, double by) {
  std::vector<double> waits;
  for (const auto& points : systems)
    for (const shift_point& p : points)
      waits.push_back(p.wait_s);
  std::sort(waits.begin(), waits.end());
  std::string text;
  std::optional<std::size_t> last;
  for (const double wait : waits) {
    const std::size_t best = winner(systems, wait, by).system;
    if (best != last)
      text += (text.empty() ? "" : ", ") + t.systems[best].name + " from " + duration_text(wait);
    last = best;
  }
  return text;
}

std::string crossings_markdown(const shift_sweep& sweep, const shift_traffic& t, const std::vector<std::vector<shift_point>>& systems) {
  std::string text = "Who is best, from which wait a token on:\n\n";
  for (const double price : sweep.memory_prices)
    text += "- in dollars" + (price == 1 ? "" : ", memory at " + plain(price) + " times its price") + ": " + crossings(t, systems, price) + "\n";
  return text + "- in joules: " + crossings(t, systems, joules) + "\n";
}

text_table operating_points(const shift_traffic& t, const std::vector<std::vector<shift_point>>& systems) {
  text_table table({{"system", left}, {"load"}, {"wait a token"}, {"task"}, {"dollars a task"}, {"of it energy"}, {"joules a task"}});
  for (std::size_t s = 0; s < systems.size(); ++s)
    for (const shift_point& p : systems[s])
      table.add({t.systems[s].name, std::to_string(p.load), duration_text(p.wait_s), duration_text(p.task_s),
                 plain(100 * p.usd(1)) + " ct", percent(p.energy_usd / p.usd(1)), with_prefix(p.energy_J, "J")});
  return table;
}

} // namespace

std::string shift_markdown(const shift_sweep& sweep, const shift_points& points) {
  std::string text =
      "# The inference shift\n\n"
      "What a task costs, in dollars and in joules, against how long its user waits. Every system serves the same tasks under\n"
      "rising load; a limit on the wait (mean time from arrival to the last token, over output tokens) leaves the loads that keep\n"
      "it, and the best of what is left wins. Prices are estimates that `strata describe` shows as such.\n\n"
      "    strata shift --out docs/shift.md --json shift.json --html shift.html\n";
  for (std::size_t t = 0; t < points.size(); ++t) {
    text += "\n## " + sweep.traffic[t].name + "\n\n" + sweep.traffic[t].text + "\n\n" +
            crossings_markdown(sweep, sweep.traffic[t], points[t]) + "\n" +
            winners(sweep, sweep.traffic[t], points[t]).markdown() + "\nOperating points:\n\n" + operating_points(sweep.traffic[t], points[t]).markdown() + "\n";
    for (const shift_system& s : sweep.traffic[t].systems)
      if (!s.runs.empty())
        text += "    strata run " + s.runs.back().command + "\n";
  }
  return text;
}

json shift_document(const shift_sweep& sweep, const shift_points& points) {
  json document = {{"schema", "strata.shift"}, {"schema_version", shift_schema_version}, {"waits", json::array()}, {"memory_prices", sweep.memory_prices}, {"traffic", json::array()}};
  for (const figure_value& wait : sweep.waits)
    document["waits"].push_back(wait.value);
  for (std::size_t t = 0; t < points.size(); ++t) {
    json systems = json::array();
    for (std::size_t s = 0; s < points[t].size(); ++s) {
      json list = json::array();
      for (std::size_t i = 0; i < points[t][s].size(); ++i) {
        const shift_point& p = points[t][s][i];
        list.push_back({{"load", p.load},
                        {"wait_s", p.wait_s},
                        {"task_s", p.task_s},
                        {"capital_usd", p.capital_usd},
                        {"memory_share", p.memory_share},
                        {"energy_usd", p.energy_usd},
                        {"energy_J", p.energy_J},
                        {"command", "strata run " + sweep.traffic[t].systems[s].runs[i].command}});
      }
      systems.push_back({{"name", sweep.traffic[t].systems[s].name}, {"points", list}});
    }
    document["traffic"].push_back({{"name", sweep.traffic[t].name}, {"text", sweep.traffic[t].text}, {"systems", systems}});
  }
  return document;
}

} // namespace strata::cli
