// SPDX-License-Identifier: Apache-2.0
// sram_tile behind TLM-2.0: data, timing of streams over many tiles, meters.
#include "models/sram/sram_tile.hpp"
#include "tests/support/sim_test.hpp"

#include <gtest/gtest.h>

namespace {

using namespace strata;

struct bench : sc_core::sc_module, base::initiator_handler {
  bench(sc_core::sc_module_name name, const sram::sram_tile::config& c) : sc_module(name), memory("memory", c), port("port", 0, *this) {
    port.socket.bind(*memory.targets().front().socket);
  }
  void on_response(unsigned, tlm::tlm_generic_payload&) override { ended = sc_core::sc_time_stamp(); }
  base::payload_pool pool;
  sram::sram_tile memory;
  base::initiator_port port;
  sc_core::sc_time ended;
};

SIM_TEST(sram_tlm, data_survives) {
  sram::sram_tile::config c;
  c.store_data = true;
  bench b("bench", c);
  std::uint32_t out = 0xcafe, in = 0;
  sc_core::sc_time delay;
  auto& w = b.pool.plain_payload(tlm::TLM_WRITE_COMMAND, 128, &out, 4);
  auto& r = b.pool.plain_payload(tlm::TLM_READ_COMMAND, 128, &in, 4);
  b.port.socket->b_transport(w, delay);
  b.port.socket->b_transport(r, delay);
  EXPECT_EQ(in, out);
  EXPECT_NEAR(delay.to_seconds(), 4 / c.clock.value(), 5e-15); // two accesses of two cycles
  w.release();
  r.release();
}

void wafer_read(sram::fidelity_kind fidelity) {
  sram::sram_tile::config c;
  c.fidelity = fidelity;
  c.tiles = 900000;
  c.capacity = base::bytes::of(900000.0 * 49152);
  c.read_energy = base::energy_per_bit::of(0.133e-12);
  bench b("bench", c);
  base::stream s;
  s.bytes = 14400000000;
  auto& trans = b.pool.stream_payload(tlm::TLM_READ_COMMAND, 0, s);
  b.port.send(trans);
  sc_core::sc_start();
  const double bytes = static_cast<double>(s.bytes);
  EXPECT_NEAR(b.ended.to_seconds(), bytes / c.peak_bandwidth(false) + 1 / c.clock.value(), 1e-12);
  double joules = 0;
  for (const auto& m : b.memory.meters())
    joules += m.amount * m.joules_per_unit;
  EXPECT_NEAR(joules, 8 * bytes * 0.133e-12, 1e-9);
  trans.release();
}
SIM_TEST(sram_tlm, a_wafer_reads_at_its_peak_at_burst_fidelity) { wafer_read(sram::fidelity_kind::burst); }
SIM_TEST(sram_tlm, a_wafer_reads_at_its_peak_at_stream_fidelity) { wafer_read(sram::fidelity_kind::stream); }

} // namespace
