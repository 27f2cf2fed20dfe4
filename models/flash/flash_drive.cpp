// SPDX-License-Identifier: Apache-2.0
// Wiring of policy and meters, and the component's description.
#include "models/flash/flash_drive.hpp"

namespace strata::flash {

flash_drive::flash_drive(sc_core::sc_module_name name, const config& c)
    : policy_owner(c), memory_module(name, c.capacity_bytes(), c.ports, c.queue_depth, false, m_service), m_config(c),
      m_read(add_meter({"read", "B", c.level, "data read", 8 * c.read_energy.value(), c.bandwidth(false)})),
      m_write(add_meter({"write", "B", c.level, "data written", 8 * c.write_energy.value(), c.bandwidth(true)})) {
  set_static_power(c.static_power);
}

void flash_drive::account(const base::memory_access& a) {
  base::meter& m = a.write ? m_write : m_read;
  const auto bytes = static_cast<double>(a.stream.bytes);
  m.amount += bytes;
  m.busy_s += bytes / m_config.bandwidth(a.write);
}

const base::component_description& flash_drive::describe() {
  static const base::component_description d{
      "flash_drive",
      "Flash drive: planes of NAND behind channels behind a controller; its link to the host is a component of its own.",
      {{"port", base::socket_kind::target, "ports", true, "reads and writes, plain or as streams"}},
      {{"read", "B", "data read"}, {"write", "B", "data written"}, {"served", "B", "bytes read and written, whatever the energy"}},
      false,
      "Bandwidth is the lesser of all planes (page / read_time or program_time each) and all channels; of writes it is "
      "divided by write_amplification. An access takes whole pages, on no more planes than it has pages; accesses in "
      "progress, reads and writes alike, share the drive's time max-min fairly. A read ends controller_latency, read_time "
      "and a page's transfer after its share of the work, a write controller_latency after it.",
      {"which plane a page lies in", "write buffer: a burst of writes moves at the rate of programming",
       "garbage collection as it happens (write_amplification is its mean)", "wear, retries of reads, suspended programs"},
      "Bandwidth and idle latency equal the closed form; no drive is measured here."};
  return d;
}

} // namespace strata::flash
