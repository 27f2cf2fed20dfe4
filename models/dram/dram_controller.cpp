// SPDX-License-Identifier: Apache-2.0
// Wiring of policy and meters, and the component's description.
#include "models/dram/dram_controller.hpp"

#include <algorithm>

namespace strata::dram {

dram_controller::dram_controller(sc_core::sc_module_name name, const config& c)
    : policy_owner(c), memory_module(name, c.capacity_bytes(), c.ports, c.queue_depth, c.store_data, *m_service),
      m_config(c), m_energy(c, [this](base::meter m) -> base::meter& { return add_meter(std::move(m)); }),
      m_correctable(c.corrected_error_rate, scrambled(c.error_seed, 0)),
      m_uncorrectable(c.uncorrected_error_rate, scrambled(c.error_seed, 1)),
      m_corrected(add_meter({"corrected", "1", c.level, "errors that ECC corrected"})),
      m_uncorrected(add_meter({"uncorrected", "1", c.level, "errors beyond correction"})) {
  set_static_power(c.static_power);
}

void dram_controller::account(const base::memory_access& access) {
  m_energy.book(access, m_service->activates(access));
}

base::access_errors dram_controller::errors_in(const base::memory_access& access) {
  if (access.write)
    return {};
  const double bits = 8.0 * static_cast<double>(access.stream.bytes);
  const std::uint64_t corrected = m_correctable.in(bits), uncorrected = m_uncorrectable.in(bits);
  m_corrected.amount += static_cast<double>(corrected);
  m_uncorrected.amount += static_cast<double>(uncorrected);
  return {corrected * base::to_femtoseconds(m_config.correction_latency),
          std::min(access.stream.bytes, uncorrected * m_config.ecc_word)};
}

namespace {
std::vector<base::meter_description> described_meters() {
  auto all = energy_meters::describe();
  all.push_back({"corrected", "1", "errors that ECC corrected"});
  all.push_back({"uncorrected", "1", "errors beyond correction; the responses are poisoned"});
  return all;
}
} // namespace

const base::component_description& dram_controller::describe() {
  static const base::component_description d{
      "dram_controller",
      "DRAM memory (HBM, DDR, LPDDR, GDDR): channels, banks, command scheduling and refresh.",
      {{"port", base::socket_kind::target, "ports", true, "reads and writes, plain or as streams"}},
      described_meters(),
      false,
      "burst: each burst is scheduled (FR-FCFS or FCFS; open, closed or adaptive page; write drain; all-bank, per-bank or "
      "same-bank refresh, put off and done ahead within a budget) on bank state machines in command-clock cycles; a transfer "
      "over all channels is simulated on one of them. stream: an access that has the memory to itself takes the "
      "mean that the burst model shows for its like; accesses of up to 2048 bursts a channel (1024, where all read row "
      "after row) that meet are simulated burst by burst; once a longer one is among them all are flows in a fair-share server, at efficiencies that the burst model shows "
      "for their kinds and mixes, measured once and remembered. "
      "ECC: in-line check words are bursts of their own through a cache of check words; a write of part of a code word reads "
      "the burst first. Errors are a seeded Poisson process over the bits read; each corrected one delays its access, each "
      "other one poisons a code word: the response status is TLM_GENERIC_ERROR_RESPONSE, the stream extension says how "
      "many bytes.",
      {"errors on links and retry", "scrubbing, and errors in data accessed directly (DMI, debug)",
       "data that waits for its in-line check word: both are queued at once", "power-down and self-refresh states",
       "row hammer mitigation and refresh management", "refresh of banks out of turn, and temperature-dependent rates",
       "stream: refreshes that a short transfer is spared because they are put off (refresh_postpone); it pays the mean",
       "with symmetry: contention between an access to few channels and a transfer over all of them, except on channel 0",
       "hashed bank and channel selection"},
      "burst: bandwidth within 3 % and mean read latency within 5 % of the median of Ramulator 2.1, DRAMsim3 and DRAMSys 5.1 on "
      "HBM3-6400 and DDR4-2400 (sequential, random and row-miss reads; saturated latencies, and read-write mixes, in which those "
      "tools differ by up to two times, are not compared). stream against burst, in the mean over refresh phases and placements, on "
      "eight pseudo channels: single streams of 64 B to 64 MiB within 2 % in time and 1 % in energy; two to eight concurrent ones, "
      "25 mixes of patterns and directions: exact up to 512 KiB (64 KiB strided on one channel), time of all within 2 %, end of "
      "each within 7 %, energy within 1 % up to 64 MiB. The end of a short access among long ones is a mean: one access may "
      "find itself far from it."};
  return d;
}

} // namespace strata::dram
