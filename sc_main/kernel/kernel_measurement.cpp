// SPDX-License-Identifier: Apache-2.0
#include "sc_main/kernel/kernel_measurement.hpp"

#include "sc_main/command/platform_loading.hpp"
#include "sc_main/kernel/kernel_runner.hpp"

#include <algorithm>
#include <numeric>

namespace strata::cli {
namespace {

bool begins(const std::string& text, const std::string& prefix) { return text.compare(0, prefix.size(), prefix) == 0; }

/// Lane time by part of its critical path, see core::time_part: the core's meters "time.<part>".
void add_parts(kernel_result& r, const component_result& core) {
  const std::string prefix = "time.";
  for (const meter_result& m : core.meters)
    if (begins(m.name, prefix) && m.amount > 0)
      r.parts_s.emplace_back(m.name.substr(prefix.size()), m.amount);
}

/// Energy of the components beside `core` and of itself.
void add_board(kernel_result& r, const std::vector<component_result>& components, const std::string& core) {
  const std::string board = core.substr(0, core.rfind('.') + 1);
  for (const component_result& c : components) {
    if (!begins(c.path, board))
      continue;
    const std::string name = c.path.substr(board.size());
    for (const meter_result& m : c.meters)
      if (m.joules > 0)
        r.board_J.emplace_back(name + "." + m.name, m.joules);
    if (c.static_power_W > 0)
      r.board_J.emplace_back(name + ".static", c.static_power_W * r.time_s);
  }
  std::stable_sort(r.board_J.begin(), r.board_J.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
}

} // namespace

double kernel_result::board_total_J() const {
  return std::accumulate(board_J.begin(), board_J.end(), 0.0, [](double sum, const auto& part) { return sum + part.second; });
}

kernel_result measure_kernel(const std::string& platform_name, const std::vector<std::string>& set, const std::string& op,
                             const kernel_kind& kernel) {
  const auto platform = load_platform(platform_name, set);
  const traffic::platform_view& view = platform->view();
  kernel_runner software("software", view);
  platform->bind_driver(software);
  const ledger meters = ledger_of(*platform);

  const std::vector<kernel_trial> trial{kernel.trial(view)};
  software.run(trial, 1);
  std::vector<double> before, spent;
  meters.read(before);
  kernel_result r;
  r.time_s = software.run(trial, 0).front();
  meters.read(spent);
  for (std::size_t i = 0; i < spent.size(); ++i)
    spent[i] = (spent[i] - before[i]) / trial.front().calls;

  r.platform = platform->checked().name;
  r.op = op;
  for (const base::parameter& p : kernel.shape().all())
    r.shape.emplace_back(p.name, p.get());
  r.ranks = trial.front().ranks;
  for (const core::command& c : trial.front().programs.front())
    r.flop += core::useful_flop(c) / trial.front().calls;
  const auto components = meters.components(spent, r.time_s);
  const std::string& core = view.devices.front().front().name;
  for (const component_result& c : components)
    if (c.path == core)
      add_parts(r, c);
  add_board(r, components, core);
  r.platform_J = meters.dynamic_joules(spent, r.time_s) + meters.static_power_W() * r.time_s;
  r.utilisation = meters.utilisation(spent, r.time_s);
  return r;
}

} // namespace strata::cli
