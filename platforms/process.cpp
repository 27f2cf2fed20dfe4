// SPDX-License-Identifier: Apache-2.0
#include "platforms/process.hpp"

#include "platforms/process_node.hpp"

namespace strata::platforms {
namespace {

/// A plain number of an entry, `fallback` where it has none.
double number(const located& text, const char* name, double fallback, base::value_range range, base::diagnostics& problems) {
  double value = fallback;
  base::parameter_list list;
  list.add(name, value, range, "");
  try {
    if (!text.text.empty())
      list.all().front().set(text.text);
  } catch (const base::unit_error& error) {
    problems.add(text.where, std::string("'") + name + "': " + error.what());
  }
  return value;
}

/// Gives `core` the values of `made` that differ from its own.
void set_changes(expansion& e, std::size_t core, core::core_config made, const std::string& why, const base::source_location& where) {
  instance& i = e.instances()[core];
  base::parameter_list now;
  made.parameters(now);
  for (std::size_t k = 0; k < now.all().size(); ++k) {
    const base::parameter& p = now.all()[k];
    const effective_parameter old = i.parameters[k];
    if (p.get() != old.value)
      e.set(i, p.name, {"", p.get(), old.source + "; " + why, old.confidence == "estimate" ? "estimate" : "derived", where});
  }
}

void apply(const process_entry& entry, expansion& e, base::diagnostics& problems) {
  const process_node of = load_process_node(entry.of.text, entry.of.where), in = load_process_node(entry.in.text, entry.in.where);
  const double area = number(entry.area, "area", 1, base::positive(), problems);
  const double clock = number(entry.clock, "clock", 1, base::between(0.01, 1.25), problems);
  const process_scaling s = scaling(of, in, area, clock);
  const std::string why = "figures of " + of.name + " made in " + in.name + (area == 1 ? "" : ", area x " + base::to_text(area, {})) +
                          (clock == 1 ? "" : ", clock x " + base::to_text(clock, {}));
  for (const expansion::target& t : e.find(0, entry.target.text)) {
    const auto* core = t.is_device ? nullptr : e.instances()[t.id].config->as<core::core_config>();
    if (!core || core->kind == core::architecture::wafer || core->kind == core::architecture::scheduled)
      throw path_error("'" + entry.target.text + "' does not name compute cores of tensor or systolic architecture, whose "
                       "silicon is all in one component");
    set_changes(e, t.id, ported(*core, s), why, entry.where);
  }
}

} // namespace

void apply_processes(const std::vector<process_entry>& entries, expansion& e, base::diagnostics& problems) {
  for (const process_entry& entry : entries)
    try {
      apply(entry, e, problems);
    } catch (const path_error& error) {
      if (*error.what())
        problems.add(entry.target.where, std::string("'target': ") + error.what());
    } catch (const base::input_error& error) {
      for (const base::diagnostic& d : error.problems())
        problems.add(d.where, d.message);
    }
}

} // namespace strata::platforms
