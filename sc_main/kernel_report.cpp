// SPDX-License-Identifier: Apache-2.0
#include "sc_main/kernel_report.hpp"

#include "sc_main/number_text.hpp"
#include "sc_main/text_table.hpp"

#include <algorithm>

namespace strata::cli {

namespace {
constexpr const char* time_prefix = "time.";

double total_J(const kernel_result& r) {
  double sum = 0;
  for (const level_result& l : r.energy)
    sum += l.energy_J;
  return sum;
}
} // namespace

void fill(kernel_result& r, const ledger& meters, const std::vector<double>& spent) {
  r.energy = meters.levels(spent, r.time_s);
  r.utilisation = meters.utilisation(spent, r.time_s);
  bool found = false;
  for (const component_result& c : meters.components(spent, r.time_s)) {
    if (c.type != "compute_core" || found)
      continue;
    found = true; // the first device; the others do the same
    for (const meter_result& m : c.meters)
      if (m.name.rfind(time_prefix, 0) == 0 && m.amount > 0)
        r.parts_s.emplace_back(m.name.substr(std::char_traits<char>::length(time_prefix)), m.amount);
  }
}

std::string kernel_text(const kernel_result& r) {
  using align = text_table::align;
  std::string text = r.op + " on " + r.platform + ":";
  for (const auto& [name, value] : r.shape)
    text += " " + name + "=" + value;
  text += "\n\n" + with_prefix(r.time_s, "s");
  if (r.flop > 0)
    text += ", " + with_prefix(r.flop / r.time_s, "FLOPS");
  text += ", " + with_prefix(total_J(r), "J") + ", " + with_prefix(total_J(r) / r.time_s, "W") + "\n";
  text_table parts({{"Time", align::left}, {""}, {"share"}});
  for (const auto& [name, seconds] : r.parts_s)
    parts.add({name, with_prefix(seconds, "s"), percent(seconds / r.time_s)});
  text_table energy({{"Energy", align::left}, {""}, {"share"}, {"power"}});
  for (const level_result& l : r.energy)
    if (l.energy_J > 0)
      energy.add({l.level, with_prefix(l.energy_J, "J"), percent(l.energy_J / total_J(r)), with_prefix(l.energy_J / r.time_s, "W")});
  text_table resources({{"Resource", align::left}, {"used"}});
  for (const resource_use& u : r.utilisation)
    if (u.utilisation > 0)
      resources.add({u.resource, percent(u.utilisation)});
  for (const text_table* t : {&parts, &energy, &resources})
    if (!t->empty())
      text += "\n" + t->text();
  return text;
}

nlohmann::ordered_json kernel_document(const kernel_result& r) {
  using json = nlohmann::ordered_json;
  json shape = json::object(), parts = json::object(), energy = json::object(), used = json::object();
  for (const auto& [name, value] : r.shape)
    shape[name] = value;
  for (const auto& [name, seconds] : r.parts_s)
    parts[name] = seconds;
  for (const level_result& l : r.energy)
    energy[l.level] = l.energy_J;
  for (const resource_use& u : r.utilisation)
    used[u.resource] = u.utilisation;
  return {{"platform", r.platform}, {"op", r.op},         {"shape", std::move(shape)},
          {"ranks", r.ranks},       {"time_s", r.time_s}, {"flop", r.flop},
          {"time_by_part_s", std::move(parts)},           {"energy_J", total_J(r)},
          {"power_W", total_J(r) / r.time_s},             {"energy_by_level_J", std::move(energy)},
          {"utilisation", std::move(used)}};
}

} // namespace strata::cli
