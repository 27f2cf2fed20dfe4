// SPDX-License-Identifier: Apache-2.0
// dram_controller behind TLM-2.0: blocking, non-blocking, debug and direct access, errors, and the energy of its parts.
#include "models/base/diagnostic.hpp"
#include "models/dram/dram_controller.hpp"
#include "tests/support/sim_test.hpp"

#include <gtest/gtest.h>

#include <numeric>

namespace {

using namespace strata;
using dram::dram_controller;

dram_controller::config small() {
  dram_controller::config c;
  c.store_data = true;
  c.refresh = dram::refresh_kind::none;
  c.activate_energy = base::energy::of(909e-12);
  c.read_energy = c.write_energy = base::energy_per_bit::of(2.88e-12);
  c.controller_energy = base::energy_per_bit::of(8.69e-12);
  c.level = "hbm";
  return c;
}

struct bench : sc_core::sc_module, base::initiator_handler {
  bench(sc_core::sc_module_name name, const dram_controller::config& c) : sc_module(name), memory("memory", c), port("port", 0, *this) {
    port.socket.bind(*memory.targets().front().socket);
  }
  void on_response(unsigned, tlm::tlm_generic_payload& trans) override {
    ended.push_back(sc_core::sc_time_stamp());
    EXPECT_EQ(trans.get_response_status(), tlm::TLM_OK_RESPONSE);
  }
  base::payload_pool pool;
  dram_controller memory;
  base::initiator_port port;
  std::vector<sc_core::sc_time> ended;
};

SIM_TEST(dram_tlm, blocking_access_carries_data_and_the_idle_latency) {
  bench b("bench", small());
  std::uint64_t out = 0x1122334455667788, in = 0;
  sc_core::sc_time delay;
  auto& w = b.pool.plain_payload(tlm::TLM_WRITE_COMMAND, 4096, &out, 8);
  b.port.socket->b_transport(w, delay);
  EXPECT_EQ(w.get_response_status(), tlm::TLM_OK_RESPONSE);
  auto& r = b.pool.plain_payload(tlm::TLM_READ_COMMAND, 4096, &in, 8);
  delay = sc_core::SC_ZERO_TIME;
  b.port.socket->b_transport(r, delay);
  EXPECT_EQ(in, out);
  const dram::timing t(small());
  EXPECT_NEAR(delay.to_seconds(), static_cast<double>(t.rcd_read + t.cl + t.burst) * 0.625e-9, 2e-15);
  in = 0;
  EXPECT_EQ(b.port.socket->transport_dbg(r), 8u);
  EXPECT_EQ(in, out);
  tlm::tlm_dmi dmi;
  ASSERT_TRUE(b.port.socket->get_direct_mem_ptr(r, dmi));
  EXPECT_EQ(std::memcmp(dmi.get_dmi_ptr() + (4096 - dmi.get_start_address()), &out, 8), 0);
  w.release();
  r.release();
}

SIM_TEST(dram_tlm, addresses_outside_are_refused) {
  bench b("bench", small());
  std::uint64_t data = 0;
  sc_core::sc_time delay;
  for (const std::uint64_t address : {b.memory.capacity(), b.memory.capacity() - 4, ~std::uint64_t{7}}) {
    auto& r = b.pool.plain_payload(tlm::TLM_READ_COMMAND, address, &data, 8);
    b.port.socket->b_transport(r, delay);
    EXPECT_EQ(r.get_response_status(), tlm::TLM_ADDRESS_ERROR_RESPONSE) << address;
    r.release();
  }
  EXPECT_EQ(delay, sc_core::SC_ZERO_TIME);
}

void stream_and_sum(dram::fidelity_kind fidelity) {
  auto c = small();
  c.fidelity = fidelity;
  c.bank_hash = false;
  bench b("bench", c);
  base::stream s;
  s.bytes = 16 << 20;
  auto& trans = b.pool.stream_payload(tlm::TLM_READ_COMMAND, 0, s);
  b.port.send(trans);
  sc_core::sc_start();
  ASSERT_EQ(b.ended.size(), 1u);
  const double seconds = b.ended.front().to_seconds(), bytes = static_cast<double>(s.bytes);
  EXPECT_GE(seconds, bytes / b.memory.peak_bandwidth());
  EXPECT_NEAR(seconds * b.memory.peak_bandwidth() / bytes, 1, 0.01);
  double joules = 0;
  for (const auto& m : b.memory.meters()) {
    EXPECT_EQ(m.level, m.name == "served" ? "memory" : "hbm");
    EXPECT_LE(m.busy_s, seconds);
    joules += m.amount * m.joules_per_unit;
  }
  // 2.88 device data + 8.69 controller and PHY + 909 pJ a 1 KiB row = 11.68 pJ/bit, the figure measured on GH200.
  EXPECT_NEAR(joules / (8 * bytes) * 1e12, 11.68, 0.03);
  trans.release();
}
SIM_TEST(dram_tlm, burst_stream_takes_its_time_and_energy) { stream_and_sum(dram::fidelity_kind::burst); }
SIM_TEST(dram_tlm, flow_stream_takes_its_time_and_energy) { stream_and_sum(dram::fidelity_kind::stream); }

SIM_TEST(dram_tlm, littles_law_holds_over_mixed_requests) {
  auto c = small();
  c.fidelity = dram::fidelity_kind::burst;
  c.refresh = dram::refresh_kind::all_bank;
  bench b("bench", c);
  std::vector<tlm::tlm_generic_payload*> all;
  base::stream s;
  for (unsigned i = 0; i < 40; ++i) {
    s.bytes = 64 + i * 5000;
    all.push_back(&b.pool.stream_payload(i % 3 ? tlm::TLM_READ_COMMAND : tlm::TLM_WRITE_COMMAND, i * 1000000, s));
    b.port.send(*all.back());
  }
  sc_core::sc_start();
  EXPECT_EQ(b.ended.size(), all.size());
  EXPECT_GT(b.memory.latency_sum_s(), 0);
  EXPECT_NEAR(b.memory.occupancy_s() / b.memory.latency_sum_s(), 1, 1e-9);
  double asked = 0, served = 0;
  for (auto* t : all) {
    asked += static_cast<double>(base::transfer_bytes(*t));
    t->release();
  }
  for (const auto& m : b.memory.meters())
    if (m.name == "read" || m.name == "write")
      served += m.amount;
  EXPECT_DOUBLE_EQ(served, asked);
}

SIM_TEST(dram_tlm, parameters_that_do_not_fit_are_refused) {
  auto c = small();
  c.mapping = "row column";
  EXPECT_THROW(dram_controller("refused", c), base::input_error);
}

} // namespace
