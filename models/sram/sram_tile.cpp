// SPDX-License-Identifier: Apache-2.0
// Wiring of policy and meters, and the component's description.
#include "models/sram/sram_tile.hpp"

namespace strata::sram {

sram_tile::sram_tile(sc_core::sc_module_name name, const config& c)
    : policy_owner(c), memory_module(name, c.capacity_bytes(), c.ports, c.queue_depth, c.store_data, *m_service), m_config(c),
      m_read(add_meter({"read", "B", c.level, "data read", 8 * c.read_energy.value(), c.peak_bandwidth(false), 0, 0})),
      m_write(add_meter({"write", "B", c.level, "data written", 8 * c.write_energy.value(), c.peak_bandwidth(true), 0, 0})) {
  set_static_power(c.static_power);
}

void sram_tile::account(const base::memory_access& a) {
  base::meter& m = a.write ? m_write : m_read;
  const auto bytes = static_cast<double>(a.stream.bytes);
  m.amount += bytes;
  m.busy_s += bytes / m_config.peak_bandwidth(a.write);
}

const base::component_description& sram_tile::describe() {
  static const base::component_description d{
      "sram_tile",
      "Banked SRAM: scratchpad, core memories of a wafer, or a last-level cache's data array.",
      {{"port", base::socket_kind::target, "ports", true, "reads and writes, plain or as streams"}},
      {{"read", "B", "data read"}, {"write", "B", "data written"}, {"served", "B", "bytes read and written, whatever the energy"}},
      false,
      "An access spreads word by word over all tiles. burst: a tile's banks serve one word a cycle each to requesters in "
      "turn, within the width of the read and write paths. stream: accesses of up to 256 words a tile "
      "without a rate limit do so as well; once another one is among them all are flows, as fast as the banks let mixes of their kinds go in the mean over placements in "
      "the banks, measured once and remembered. Time = latency_cycles - 1 + cycles of transfer.",
      {"accesses that reach a few tiles contend as if on the same one",
       "tags, misses and coherence: as a cache this is its data array"},
      "peak bandwidth and idle latency equal the closed form; stream equals burst up to 1 KiB a tile and is within 2 % beyond, "
      "in the mean over placements (16 mixes of one to eight streams of 4 B to 48 KB a tile). One placement may differ: two "
      "strided streams in the same banks take twice as long as in others, which is told apart; four sequential ones up to 9 %."};
  return d;
}

} // namespace strata::sram
