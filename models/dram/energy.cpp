// SPDX-License-Identifier: Apache-2.0
// Declaration and booking of the DRAM meters.
#include "models/dram/energy.hpp"

#include "models/dram/check_traffic.hpp"

#include <cmath>

namespace strata::dram {

namespace {

enum meter_number { activate, read, write, refresh, check, controller };

/// Devices of ECC: on-die columns and sideband devices take part in everything that the data's do.
double with_check_bits(const dram_config& c) {
  return c.ecc == ecc_kind::on_die || c.ecc == ecc_kind::sideband ? 1 + c.ecc_overhead : 1;
}

/// Of all channels: all-bank refreshes, or what takes as many rows.
double refreshes_per_s(const dram_config& c) {
  const double period = base::to_seconds(c.clock_period());
  return c.refresh == refresh_kind::none
             ? 0
             : c.lanes() * c.ranks / (static_cast<double>(c.t_refi.cycles(period)) * period);
}

base::meter declared(meter_number number, const dram_config& c, double joules, double peak, double per_s = 0) {
  const auto d = energy_meters::describe()[number];
  return {d.name, d.unit, c.level, d.description, joules, peak, 0, 0, per_s};
}

} // namespace

std::vector<base::meter_description> energy_meters::describe() {
  return {{"activate", "1", "rows opened (and closed)"},
          {"read", "B", "data read from the device"},
          {"write", "B", "data written to the device"},
          {"refresh", "1", "all-bank refreshes of a rank, or other commands for as many rows; time alone adds them"},
          {"check", "B", "in-line check words moved, and data read for writes of less than a code word"},
          {"controller", "B", "data through controller and PHY"},
          {"served", "B", "bytes read and written, whatever the energy"}};
}

energy_meters::energy_meters(const dram_config& c, const adder& add)
    : m_config(c), m_peak(c.peak_bandwidth()),
      m_activate(add(declared(activate, c, with_check_bits(c) * c.activate_energy.value(), 0))),
      m_read(add(declared(read, c, 8 * with_check_bits(c) * c.read_energy.value(), m_peak))),
      m_write(add(declared(write, c, 8 * with_check_bits(c) * c.write_energy.value(), m_peak))),
      m_refresh(add(declared(refresh, c, with_check_bits(c) * c.refresh_energy.value(), 0, refreshes_per_s(c)))),
      m_check(add(declared(check, c, 8 * (c.read_energy.value() + c.controller_energy.value()), 0))),
      m_controller(add(declared(controller, c, 8 * c.controller_energy.value(), m_peak))) {}

void energy_meters::book(const base::memory_access& a, double activates) {
  const auto bytes = static_cast<double>(a.stream.bytes);
  base::meter& data = a.write ? m_write : m_read;
  data.amount += bytes;
  data.busy_s += bytes / m_peak;
  m_controller.amount += bytes;
  m_controller.busy_s += bytes / m_peak;
  m_activate.amount += activates;
  m_check.amount += check_bytes(a);
}

/// The same at both fidelities: a stream moves each of its check words once, scattered units need one each.
double energy_meters::check_bytes(const base::memory_access& a) const {
  const auto burst = static_cast<double>(m_config.burst_bytes()), bytes = static_cast<double>(a.stream.bytes);
  double moved = partial_writes(m_config, a) * burst;
  if (m_config.ecc == ecc_kind::in_line) {
    const bool scattered = a.stream.pattern != base::access_pattern::sequential;
    const double checks = scattered ? std::ceil(bytes / base::payload_pool::access_unit)
                                    : std::ceil(bytes / burst * m_config.ecc_overhead);
    moved += checks * burst * (scattered && a.write ? 2 : 1); // to change a part of it, a check word is read first
  }
  return moved;
}

} // namespace strata::dram
