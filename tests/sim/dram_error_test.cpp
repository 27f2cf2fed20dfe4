// SPDX-License-Identifier: Apache-2.0
// Errors of a DRAM as its initiators see them: later or poisoned responses, blocking or not, at both fidelities.
#include "models/dram/dram_controller.hpp"
#include "tests/support/ideal_memory.hpp"
#include "tests/support/sim_test.hpp"

#include <gtest/gtest.h>

namespace {

using namespace strata;
using dram::dram_controller;

struct reader : sc_core::sc_module, base::initiator_handler {
  reader(sc_core::sc_module_name name, base::memory_module& m) : sc_module(name), memory(m), port("port", 0, *this) {
    port.socket.bind(*memory.targets().front().socket);
  }
  void on_response(unsigned, tlm::tlm_generic_payload& trans) override {
    ended = sc_core::sc_time_stamp();
    status = trans.get_response_status();
    poisoned = base::poisoned_bytes(trans);
    ++responses;
  }
  void run(tlm::tlm_generic_payload& trans) {
    port.send(trans);
    sc_core::sc_start();
    trans.release();
  }
  double meter(const std::string& name) const {
    for (const auto& m : memory.meters())
      if (m.name == name)
        return m.amount;
    ADD_FAILURE() << "no meter " << name;
    return 0;
  }
  base::memory_module& memory;
  base::payload_pool pool;
  base::initiator_port port;
  sc_core::sc_time ended;
  tlm::tlm_response_status status = tlm::TLM_INCOMPLETE_RESPONSE;
  std::uint64_t poisoned = 0;
  unsigned responses = 0;
};

dram_controller::config with_rates(double corrected, double uncorrected, dram::fidelity_kind fidelity) {
  dram_controller::config c;
  c.fidelity = fidelity;
  c.refresh = dram::refresh_kind::none;
  c.ecc = dram::ecc_kind::sideband;
  c.corrected_error_rate = corrected;
  c.uncorrected_error_rate = uncorrected;
  c.correction_latency = base::duration::of(20e-9);
  return c;
}

struct outcome {
  double seconds, corrected, uncorrected;
  std::uint64_t poisoned;
  tlm::tlm_response_status status;
};

outcome read_stream(double corrected, double uncorrected, dram::fidelity_kind fidelity, const char* name) {
  dram_controller memory((std::string("memory_") + name).c_str(), with_rates(corrected, uncorrected, fidelity));
  reader r((std::string("reader_") + name).c_str(), memory);
  base::stream s;
  s.bytes = 1 << 20;
  const sc_core::sc_time start = sc_core::sc_time_stamp();
  r.run(r.pool.stream_payload(tlm::TLM_READ_COMMAND, 0, s));
  EXPECT_EQ(r.responses, 1u);
  EXPECT_EQ(r.meter("served"), static_cast<double>(s.bytes));
  return {(r.ended - start).to_seconds(), r.meter("corrected"), r.meter("uncorrected"), r.poisoned, r.status};
}

void a_stream(dram::fidelity_kind fidelity, double corrected, double uncorrected) {
  const outcome o = read_stream(corrected, uncorrected, fidelity, "a");
  EXPECT_EQ(o.poisoned, 16 * static_cast<std::uint64_t>(o.uncorrected));
  EXPECT_EQ(o.status, o.uncorrected > 0 ? tlm::TLM_GENERIC_ERROR_RESPONSE : tlm::TLM_OK_RESPONSE);
  if (corrected > 0) {
    EXPECT_NEAR(o.corrected, corrected * 8 * (1 << 20), 4 * std::sqrt(corrected * 8 * (1 << 20)));
    EXPECT_GT(o.seconds, (1 << 20) / 25.6e9 + o.corrected * 20e-9);
    EXPECT_LT(o.seconds, 1.05 * (1 << 20) / 25.6e9 + o.corrected * 20e-9);
  }
  if (uncorrected > 0) {
    EXPECT_NEAR(o.uncorrected, uncorrected * 8 * (1 << 20), 4 * std::sqrt(uncorrected * 8 * (1 << 20)));
  }
}
SIM_TEST(dram_errors, a_corrected_stream_is_late_burst) { a_stream(dram::fidelity_kind::burst, 1e-5, 0); }
SIM_TEST(dram_errors, a_corrected_stream_is_late_stream) { a_stream(dram::fidelity_kind::stream, 1e-5, 0); }
SIM_TEST(dram_errors, an_uncorrected_stream_says_how_much_is_poisoned_burst) { a_stream(dram::fidelity_kind::burst, 0, 1e-5); }
SIM_TEST(dram_errors, an_uncorrected_stream_says_how_much_is_poisoned_stream) { a_stream(dram::fidelity_kind::stream, 0, 1e-5); }
SIM_TEST(dram_errors, without_errors_a_stream_is_good) { a_stream(dram::fidelity_kind::stream, 0, 0); }

SIM_TEST(dram_errors, blocking_reads_are_poisoned_as_often_as_the_rate_says) {
  constexpr double rate = 1e-4; // of 512 bits: 5 % of the accesses
  dram_controller memory("memory", with_rates(0, rate, dram::fidelity_kind::stream));
  reader r("reader", memory);
  unsigned char data[64];
  unsigned bad = 0;
  constexpr unsigned accesses = 20000;
  for (unsigned i = 0; i < accesses; ++i) {
    auto& trans = r.pool.plain_payload(tlm::TLM_READ_COMMAND, 64 * i, data, 64);
    sc_core::sc_time delay;
    r.port.socket->b_transport(trans, delay);
    bad += trans.get_response_status() == tlm::TLM_GENERIC_ERROR_RESPONSE;
    EXPECT_EQ(trans.is_response_ok(), base::poisoned_bytes(trans) == 0);
    trans.release();
  }
  const double expected = accesses * (1 - std::exp(-512 * rate));
  EXPECT_NEAR(bad, expected, 4 * std::sqrt(expected));
  EXPECT_NEAR(r.meter("uncorrected"), accesses * 512 * rate, 4 * std::sqrt(accesses * 512 * rate));
  auto& write = r.pool.plain_payload(tlm::TLM_WRITE_COMMAND, 0, data, 64);
  for (unsigned i = 0; i < 1000; ++i) {
    sc_core::sc_time delay;
    r.port.socket->b_transport(write, delay);
    EXPECT_TRUE(write.is_response_ok()) << "writes find no errors";
  }
  write.release();
}

SIM_TEST(dram_errors, a_correction_delays_a_blocking_read) {
  tests::ideal_memory memory("memory", 1e9, 1000, 4096);
  reader r("reader", memory);
  unsigned char data[64];
  sc_core::sc_time good, late;
  auto& trans = r.pool.plain_payload(tlm::TLM_READ_COMMAND, 0, data, 64);
  r.port.socket->b_transport(trans, good);
  memory.errors.delay = 7'000'000;
  r.port.socket->b_transport(trans, late);
  EXPECT_EQ(late - good, sc_core::sc_time(7, sc_core::SC_NS));
  EXPECT_TRUE(trans.is_response_ok());
  trans.release();
}

SIM_TEST(dram_errors, corrections_keep_littles_law_and_the_order_of_their_ends) {
  tests::ideal_memory memory("memory", 1e9, 1000, 1 << 20);
  reader r("reader", memory);
  base::stream s;
  s.bytes = 1000;
  memory.errors = {50'000'000, 0};
  auto& first = r.pool.stream_payload(tlm::TLM_READ_COMMAND, 0, s);
  r.port.send(first);
  r.run(r.pool.stream_payload(tlm::TLM_READ_COMMAND, 4096, s));
  EXPECT_EQ(r.responses, 2u);
  EXPECT_NEAR(r.ended.to_seconds(), 2e-6 + 50e-9, 1e-9);
  EXPECT_NEAR(memory.occupancy_s() / memory.latency_sum_s(), 1, 1e-9);
  first.release();
}

} // namespace
