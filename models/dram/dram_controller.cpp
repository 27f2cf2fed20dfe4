// SPDX-License-Identifier: Apache-2.0
// Wiring of policy and meters, and the component's description.
#include "models/dram/dram_controller.hpp"

namespace strata::dram {

dram_controller::dram_controller(sc_core::sc_module_name name, const config& c)
    : policy_owner(c), memory_module(name, c.capacity_bytes(), c.ports, c.queue_depth, c.store_data, *m_service),
      m_config(c), m_energy(c, [this](base::meter m) -> base::meter& { return add_meter(std::move(m)); }) {
  set_static_power(c.static_power);
}

void dram_controller::account(const base::memory_access& access) {
  m_energy.book(access, m_service->activates(access), base::now());
}

const base::component_description& dram_controller::describe() {
  static const base::component_description d{
      "dram_controller",
      "DRAM memory (HBM, DDR, LPDDR, GDDR): channels, banks, command scheduling and refresh.",
      {{"port", base::socket_kind::target, "ports", true, "reads and writes, plain or as streams"}},
      energy_meters::describe(),
      false,
      "burst: each burst is scheduled (FR-FCFS or FCFS; open, closed or adaptive page; write drain; all-bank, per-bank or "
      "same-bank refresh, put off and done ahead within a budget) on bank state machines in command-clock cycles; a transfer over all channels is simulated on one of them. stream: an access is a flow "
      "in a fair-share server; sustained efficiency, start-up, and what streams get of a mix are measured on "
      "the burst model once per kind of stream and mix and remembered. Time of an access = start-up + bytes / share.",
      {"data-bus ECC, error correction and retry", "power-down and self-refresh states",
       "row hammer mitigation and refresh management", "refresh of banks out of turn, and temperature-dependent rates",
       "stream: refreshes that a short transfer is spared because they are put off (refresh_postpone); it pays the mean",
       "with symmetry: contention between an access to few channels and a transfer over all of them, except on channel 0",
       "hashed bank and channel selection"},
      "burst: bandwidth within 3 % and mean read latency within 5 % of the median of Ramulator 2.1, DRAMsim3 and DRAMSys 5.1 on "
      "HBM3-6400 and DDR4-2400 (sequential, random and row-miss reads; saturated latencies, and read-write mixes, in which those "
      "tools differ by up to two times, are not compared). stream against burst, in the mean over refresh phases and placements: time "
      "within 2 % for single streams of 64 B to 64 MiB (3 % for strided ones that end between two rows) and for up to eight "
      "concurrent streams of 1 MiB (25 mixes of patterns and directions), within 3 % at 256 KiB and 6 % at 64 KiB; energy within "
      "1 %. Concurrent accesses of a few KiB end up to 21 % too early, of a few bursts up to 34 %."};
  return d;
}

} // namespace strata::dram
