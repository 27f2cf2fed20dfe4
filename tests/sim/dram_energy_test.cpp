// SPDX-License-Identifier: Apache-2.0
// The energy ledger of HBM as shipped against the two published figures that look as if they contradicted each other:
// 3.9 pJ/bit of the device, and 11.7 (HBM3) or 13.1 pJ/bit (HBM2E) at the board.
#include "models/dram/dram_controller.hpp"
#include "tests/support/dram_standards.hpp"
#include "tests/support/sim_test.hpp"

#include <gtest/gtest.h>

namespace {

using namespace strata;

struct reader : sc_core::sc_module, base::initiator_handler {
  reader(sc_core::sc_module_name name, const dram::dram_config& c) : sc_module(name), memory("memory", c), port("port", 0, *this) {
    port.socket.bind(*memory.targets().front().socket);
  }
  void on_response(unsigned, tlm::tlm_generic_payload&) override {}
  base::payload_pool pool;
  dram::dram_controller memory;
  base::initiator_port port;
};

struct per_bit { ///< pJ
  double data = 0, activates = 0, refresh = 0, host = 0;
  double device() const { return data + activates; }
};

per_bit read_stream(const std::string& technology, base::access_pattern pattern, dram::refresh_kind refresh) {
  dram::dram_config c;
  for (const auto& standard : test::dram_standards())
    if (standard.name == technology)
      c = standard.config;
  c.refresh = refresh;
  reader r("reader", c);
  base::stream s;
  s.bytes = 256 << 20;
  s.pattern = pattern;
  s.footprint = 1 << 30;
  auto& trans = r.pool.stream_payload(tlm::TLM_READ_COMMAND, 0, s);
  r.port.send(trans);
  sc_core::sc_start();
  trans.release();
  per_bit result;
  for (const auto& m : r.memory.meters()) {
    const double pj = (m.amount + m.per_s * sc_core::sc_time_stamp().to_seconds()) * m.joules_per_unit / static_cast<double>(8 * s.bytes) * 1e12;
    (m.name == "activate" ? result.activates : m.name == "controller" ? result.host : m.name == "refresh" ? result.refresh : result.data) += pj;
  }
  return result;
}

// SC'25 doi:10.1145/3712285.3759815 table 3: energy at the board that one more bit read in order costs.
SIM_TEST(dram_energy, sequential_hbm3_at_the_board) {
  const per_bit e = read_stream("hbm3_h100", base::access_pattern::sequential, dram::refresh_kind::all_bank);
  EXPECT_NEAR(e.device() + e.host, 11.68, 0.02 * 11.68);
  EXPECT_GT(e.host, 2 * e.device()) << "most of it is not the DRAM's";
  EXPECT_LT(e.refresh, 0.05 * e.device());
  EXPECT_GT(e.refresh, 0);
}
SIM_TEST(dram_energy, sequential_hbm2e_at_the_board) {
  const per_bit e = read_stream("hbm2e", base::access_pattern::sequential, dram::refresh_kind::all_bank);
  EXPECT_NEAR(e.device() + e.host, 13.11, 0.02 * 13.11);
}

// O'Connor et al., MICRO 2017: 3.92 pJ/bit of the device, of which 1.21 are activates of 909 pJ: one for every 94 bytes.
// Reads of whole rows pay less for them, random ones of 64 bytes more; the data's share is the same.
SIM_TEST(dram_energy, device_at_the_published_number_of_activates) {
  const per_bit rows = read_stream("hbm3_h100", base::access_pattern::sequential, dram::refresh_kind::none);
  const double activate = rows.activates * 8 * 1024; // pJ of one, for without refresh each 1 KiB row is opened once
  EXPECT_NEAR(activate, 909, 0.02 * 909);
  EXPECT_NEAR(rows.data + activate / (94 * 8), 3.92, 0.02 * 3.92);
  EXPECT_LT(rows.device(), 3.92);
}
SIM_TEST(dram_energy, device_of_random_reads_pays_an_activate_each) {
  const per_bit e = read_stream("hbm3_h100", base::access_pattern::random, dram::refresh_kind::none);
  EXPECT_NEAR(e.activates, 909.0 / (64 * 8), 0.05 * 909.0 / (64 * 8));
  EXPECT_GT(e.device(), 3.92);
}

} // namespace
