// SPDX-License-Identifier: Apache-2.0
#include "sc_main/kernel/kernel_report.hpp"

#include "models/core/time_part.hpp"
#include "sc_main/command/number_text.hpp"
#include "sc_main/command/text_table.hpp"

namespace strata::cli {

namespace {
std::string meaning_of(const std::string& part) {
  for (unsigned i = 0; i < core::time_part_count; ++i)
    if (const core::time_part_description d = core::describe(core::time_part(i)); part == d.name)
      return d.text;
  return "";
}
} // namespace

std::string kernel_text(const kernel_result& r) {
  using align = text_table::align;
  std::string text = r.op + " on " + r.platform + ":";
  for (const auto& [name, value] : r.shape)
    text += " " + name + "=" + value;
  text += "\n\n" + with_prefix(r.time_s, "s");
  if (r.flop > 0)
    text += ", " + with_prefix(r.flop / r.time_s, "FLOPS");
  text += "; board " + with_prefix(r.board_total_J(), "J") + ", " + with_prefix(r.board_power_W(), "W") + "; platform " +
          with_prefix(r.platform_J, "J") + "\n";
  text_table parts({{"Time", align::left}, {""}, {"share"}, {"goes to", align::left}});
  for (const auto& [name, seconds] : r.parts_s)
    parts.add({name, with_prefix(seconds, "s"), percent(seconds / r.time_s), meaning_of(name)});
  text_table energy({{"Energy of the board", align::left}, {""}, {"share"}, {"power"}});
  for (const auto& [name, joules] : r.board_J)
    energy.add({name, with_prefix(joules, "J"), percent(joules / r.board_total_J()), with_prefix(joules / r.time_s, "W")});
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
  for (const auto& [name, joules] : r.board_J)
    energy[name] = joules;
  for (const resource_use& u : r.utilisation)
    if (u.utilisation > 0)
      used[u.resource] = u.utilisation;
  return {{"platform", r.platform},
          {"op", r.op},
          {"shape", std::move(shape)},
          {"ranks", r.ranks},
          {"time_s", r.time_s},
          {"flop", r.flop},
          {"time_by_part_s", std::move(parts)},
          {"board_J", r.board_total_J()},
          {"board_power_W", r.board_power_W()},
          {"board_by_part_J", std::move(energy)},
          {"platform_J", r.platform_J},
          {"utilisation", std::move(used)}};
}

} // namespace strata::cli
