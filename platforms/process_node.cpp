// SPDX-License-Identifier: Apache-2.0
#include "platforms/process_node.hpp"

#include "platforms/netlist.hpp"
#include "platforms/search_path.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>

namespace strata::platforms {

void process_node::parameters(base::parameter_list& p) {
  p.add("energy", energy, base::positive(), "of a switching operation at equal clock, 1 = a 5 nm node");
  p.add("leakage", leakage, base::positive(), "static power of an area, 1 = a 5 nm node");
  p.add("logic_density", logic_density, base::positive(), "transistors per um2 of large chips");
  p.add("sram_cell", sram_cell, base::positive(), "um2 of a bit");
  p.add("voltage", voltage, base::positive(), "V, at which the others hold");
  p.add("threshold", threshold, base::positive(), "V");
  p.add("lowest_voltage", lowest_voltage, base::positive(), "V, at which SRAM still works");
}

double process_node::voltage_at(double clock) const {
  const auto speed = [this](double v) { return std::pow(v - threshold, 1.3) / v; };
  const double wanted = clock * speed(voltage);
  double low = lowest_voltage, high = 2 * voltage;
  if (speed(low) >= wanted)
    return low;
  for (int i = 0; i < 60; ++i) {
    const double middle = (low + high) / 2;
    (speed(middle) < wanted ? low : high) = middle;
  }
  return high;
}

process_node load_process_node(const std::string& name, const base::source_location& where) {
  const auto file = find_document(name, std::filesystem::path(where.file).parent_path().string());
  const std::string expected = ", expected a file of type process_node such as process/7nm";
  if (!file)
    throw base::input_error(where, "there is no process node '" + name + "'" + expected);
  const auto parsed = parse_netlist("{platform: process, modules: {node: {extends: '" + *file + "'}}}", *file);
  const module_entry& module = parsed.modules.front();
  if (module.type != "process_node")
    throw base::input_error(where, "'" + name + "' is no process node" + expected);
  process_node node;
  node.name = std::filesystem::path(*file).stem().string();
  base::parameter_list known;
  node.parameters(known);
  base::diagnostics problems;
  for (const parameter_entry& e : module.parameters)
    try {
      if (const base::parameter* p = known.find(e.name))
        p->set(e.value);
      else
        problems.add(e.where, "a process node has no '" + e.name + "'" + base::did_you_mean(e.name, known.names()));
    } catch (const base::unit_error& error) {
      problems.add(e.where, "'" + e.name + "': " + error.what());
    }
  if (node.lowest_voltage <= node.threshold || node.voltage < node.lowest_voltage)
    problems.add({*file, 0}, "expected threshold < lowest_voltage <= voltage");
  problems.throw_if_any();
  return node;
}

process_scaling scaling(const process_node& of, const process_node& in, double area, double clock) {
  const double volts = in.voltage_at(clock) / in.voltage;
  return {area * in.logic_density / of.logic_density, area * of.sram_cell / in.sram_cell, clock,
          in.energy / of.energy * volts * volts, area * in.leakage / of.leakage * volts};
}

core::core_config ported(core::core_config c, const process_scaling& s) {
  const unsigned units = std::max(1u, static_cast<unsigned>(c.units * s.logic + 1e-9));
  const double rate = s.clock * units / c.units;
  c.units = units;
  c.clock = c.clock * s.clock;
  for (auto& r : c.rate)
    r = r * rate;
  c.vector_rate = c.vector_rate * rate;
  c.unit_bandwidth = c.unit_bandwidth * s.clock;
  c.cache_bandwidth = c.cache_bandwidth * rate;
  c.store_bandwidth = c.store_bandwidth * rate;
  c.cache_capacity = c.cache_capacity * s.sram;
  for (auto& e : c.flop_energy)
    e = e * s.energy;
  c.vector_energy = c.vector_energy * s.energy;
  c.cache_energy = c.cache_energy * s.energy;
  c.static_power = c.static_power * s.leakage;
  c.active_power = c.active_power * (rate * s.energy);
  return c;
}

} // namespace strata::platforms
