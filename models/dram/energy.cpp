// SPDX-License-Identifier: Apache-2.0
// Declaration and booking of the DRAM meters.
#include "models/dram/energy.hpp"

namespace strata::dram {

namespace {

enum meter_number { activate, read, write, refresh, controller };

double refreshes_per_s(const dram_config& c) {
  const double period = base::to_seconds(c.clock_period());
  return c.refresh == refresh_kind::none
             ? 0
             : c.lanes() * c.ranks / (static_cast<double>(c.t_refi.cycles(period)) * period);
}

base::meter declared(meter_number number, const dram_config& c, double joules, double peak) {
  const auto d = energy_meters::describe()[number];
  return {d.name, d.unit, c.level, d.description, joules, peak, 0, 0};
}

} // namespace

std::vector<base::meter_description> energy_meters::describe() {
  return {{"activate", "1", "rows opened (and closed)"},
          {"read", "B", "data read from the device"},
          {"write", "B", "data written to the device"},
          {"refresh", "1", "refreshes of all rows of a rank's turn (an all-bank command or its like), up to the latest access"},
          {"controller", "B", "data through controller and PHY"},
          {"served", "B", "bytes read and written, whatever the energy"}};
}

energy_meters::energy_meters(const dram_config& c, const adder& add)
    : m_peak(c.peak_bandwidth()), m_refreshes_per_s(refreshes_per_s(c)),
      m_activate(add(declared(activate, c, c.activate_energy.value(), 0))),
      m_read(add(declared(read, c, 8 * c.read_energy.value(), m_peak))),
      m_write(add(declared(write, c, 8 * c.write_energy.value(), m_peak))),
      m_refresh(add(declared(refresh, c, c.refresh_energy.value(), 0))),
      m_controller(add(declared(controller, c, 8 * c.controller_energy.value(), m_peak))) {}

void energy_meters::book(const base::memory_access& a, double activates, base::femtoseconds now) {
  const auto bytes = static_cast<double>(a.stream.bytes);
  base::meter& data = a.write ? m_write : m_read;
  data.amount += bytes;
  data.busy_s += bytes / m_peak;
  m_controller.amount += bytes;
  m_controller.busy_s += bytes / m_peak;
  m_activate.amount += activates;
  m_refresh.amount = m_refreshes_per_s * base::to_seconds(now);
}

} // namespace strata::dram
