// SPDX-License-Identifier: Apache-2.0
// The sweep's file, its runs, and the envelope.
#include "sc_main/claims/shift.hpp"

#include "sc_main/claims/document_reader.hpp"
#include "sc_main/claims/verdict.hpp"

#include <limits>

namespace strata::cli {
namespace {

const std::string load_mark = "$load", many_mark = "$many";
constexpr unsigned rounds = 4; ///< $many: requests a client, so that start and end of a run weigh little

void put(std::string& text, const std::string& mark, unsigned value) {
  for (std::size_t at; (at = text.find(mark)) != std::string::npos;)
    text.replace(at, mark.size(), std::to_string(value));
}

class reader : private document_reader {
public:
  using document_reader::throw_if_any;

  shift_sweep read(const document_node& node) {
    shift_sweep sweep;
    if (!keys(node, "a sweep", {"waits", "memory_prices", "traffic"}))
      return sweep;
    if (const document_node* list = items(node, "waits", true))
      for (const document_node& item : list->items)
        if (const auto wait = figure(item)) {
          if (wait->unit != figure_unit{base::duration::dim, 0} || wait->value <= 0)
            problem(item.where, "'" + item.text + "' is no time, expected one per output token such as 20 ms");
          sweep.waits.push_back(*wait);
        }
    if (const document_node* list = items(node, "memory_prices", true))
      for (const document_node& item : list->items)
        if (const auto factor = figure(item)) {
          if (factor->unit != figure_unit{} || factor->value <= 0)
            problem(item.where, "'" + item.text + "' is no factor, expected a number above 0");
          sweep.memory_prices.push_back(factor->value);
        }
    if (const document_node* list = items(node, "traffic", true))
      for (const document_node& item : list->items)
        if (keys(item, "a traffic", {"name", "text", "systems"}))
          read_traffic(item, sweep);
    return sweep;
  }

private:
  void read_traffic(const document_node& node, shift_sweep& sweep) {
    shift_traffic t{text(node, "name"), text(node, "text"), {}};
    if (const document_node* list = items(node, "systems", true))
      for (const document_node& item : list->items)
        if (keys(item, "a system", {"name", "run", "loads"}))
          read_system(item, t);
    sweep.traffic.push_back(std::move(t));
  }

  void read_system(const document_node& node, shift_traffic& t) {
    shift_system s{text(node, "name"), {}, {}};
    const std::string command = text(node, "run");
    if (command.find(load_mark) == std::string::npos)
      problem(node.where, "the run of '" + s.name + "' has no " + load_mark + ", expected it where the load stands");
    else if (const document_node* list = items(node, "loads", true))
      for (const document_node& item : list->items)
        if (const auto load = figure(item)) {
          if (load->unit != figure_unit{} || load->value < 1 || load->value > 1e6 || load->value != static_cast<unsigned>(load->value)) {
            problem(item.where, "load '" + item.text + "' is no whole number from 1 to 1000000");
            continue;
          }
          s.loads.push_back(static_cast<unsigned>(load->value));
          std::string run = command;
          put(run, load_mark, s.loads.back());
          put(run, many_mark, rounds * s.loads.back());
          try {
            s.runs.push_back(read_experiment(run, node.where));
          } catch (const base::input_error& e) {
            for (const auto& d : e.problems())
              problem(d.where, d.message);
            break; // the other loads have the same problem
          }
        }
    t.systems.push_back(std::move(s));
  }
};

} // namespace

shift_sweep read_sweep(const std::string& file) {
  reader r;
  shift_sweep sweep = r.read(platforms::read_document(file));
  r.throw_if_any();
  return sweep;
}

shift_points run_sweep(const shift_sweep& sweep, std::size_t at_once, const simulator& simulate_one) {
  static const std::vector<std::string> fields{"latency/end_to_end/mean", "requests/output_tokens", "requests/completed", "requests/rejected",
                                               "cost/capital", "cost/energy", "cost/price", "energy/total"};
  experiment_list experiments;
  for (const shift_traffic& t : sweep.traffic)
    for (const shift_system& s : t.systems)
      for (const experiment& e : s.runs)
        for (const std::string& field : fields)
          experiments.ask(e, field);
  experiments.run(at_once, simulate_one);
  shift_points points;
  for (const shift_traffic& t : sweep.traffic) {
    points.emplace_back();
    for (const shift_system& s : t.systems) {
      points.back().emplace_back();
      for (std::size_t i = 0; i < s.runs.size(); ++i) {
        const experiment& e = s.runs[i];
        const auto value = [&](const std::string& field) { return experiments.value(experiments.ask(e, field)).value; };
        const double tasks = value("requests/completed");
        if (value("requests/rejected") > 0)
          throw base::input_error(e.where, "`strata run " + e.command + "` refuses requests that its memory cannot hold, expected a system that serves all");
        shift_point p;
        p.load = s.loads[i];
        p.task_s = value("latency/end_to_end/mean");
        p.wait_s = p.task_s * tasks / value("requests/output_tokens");
        p.capital_usd = value("cost/capital") / tasks;
        p.memory_share = netlist_figure(e.options.platform, "costs.memory", e.where).value / value("cost/price");
        p.energy_usd = value("cost/energy") / tasks;
        p.energy_J = value("energy/total") / tasks;
        points.back().back().push_back(p);
      }
    }
  }
  return points;
}

shift_winner winner(const std::vector<std::vector<shift_point>>& systems, double wait_s, double memory_price) {
  shift_winner best;
  double least = std::numeric_limits<double>::infinity();
  for (std::size_t s = 0; s < systems.size(); ++s)
    for (std::size_t p = 0; p < systems[s].size(); ++p) {
      const shift_point& point = systems[s][p];
      const double cost = memory_price > 0 ? point.usd(memory_price) : point.energy_J;
      if (point.wait_s > wait_s || cost >= least)
        continue;
      least = cost;
      best = {s, p, true};
    }
  return best;
}

} // namespace strata::cli
