// SPDX-License-Identifier: Apache-2.0
// Kernels of the shipped H100 against measured ones, through the simulator: the accuracy that the compute core's
// datasheet states. Skips where the reference data are absent.
#include "models/base/ports.hpp"
#include "models/base/stream.hpp"
#include "models/core/command.hpp"
#include "platforms/elaborator.hpp"
#include "platforms/search_path.hpp"
#include "tests/support/sim_test.hpp"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iostream>
#include <sstream>

namespace {

using namespace strata;
using core::command;
using core::operand_use;

struct measured_gemm {
  std::uint32_t m, n, k;
  double us;
};

/// Rows `dtype,m,n,k,latency_us` of one dtype.
std::vector<measured_gemm> rows_of(std::istream& in, const std::string& dtype) {
  std::vector<measured_gemm> rows;
  for (std::string line; std::getline(in, line);) {
    std::istringstream fields(line);
    std::string type;
    measured_gemm r{};
    char comma;
    if (std::getline(fields, type, ',') && type == dtype && fields >> r.m >> comma >> r.n >> comma >> r.k >> comma >> r.us)
      rows.push_back(r);
  }
  return rows;
}

/// Software that queues kernels with a signal behind each, and notes when the signals come.
class kernel_timer : public sc_core::sc_module, public base::component, base::target_handler, base::initiator_handler {
public:
  explicit kernel_timer(sc_core::sc_module_name name)
      : sc_core::sc_module(name), m_out("out", 0, *this), m_mailbox("mailbox", 0, *this) {
    expose_initiator("host", 0, m_out.socket);
    expose_target("host", 0, m_mailbox.socket);
  }
  std::string path() const override { return name(); }
  void queue(std::uint64_t address, std::vector<command> commands) {
    m_commands = std::move(commands);
    m_out.send(m_pool.plain_payload(tlm::TLM_WRITE_COMMAND, address, m_commands.data(),
                                    static_cast<unsigned>(m_commands.size() * sizeof(command))));
  }
  std::vector<double> signals;

private:
  void on_request(unsigned, tlm::tlm_generic_payload& t) override {
    signals.push_back(sc_core::sc_time_stamp().to_seconds());
    t.set_response_status(tlm::TLM_OK_RESPONSE);
    m_mailbox.respond(t);
  }
  void on_response(unsigned, tlm::tlm_generic_payload& t) override {
    EXPECT_TRUE(t.is_response_ok());
    t.release();
  }
  void b_transport(unsigned, tlm::tlm_generic_payload& t, sc_core::sc_time&) override {
    t.set_response_status(tlm::TLM_COMMAND_ERROR_RESPONSE);
  }
  unsigned transport_dbg(unsigned, tlm::tlm_generic_payload&) override { return 0; }
  base::payload_pool m_pool;
  base::initiator_port m_out;
  base::target_port m_mailbox;
  std::vector<command> m_commands;
};

SIM_TEST(silicon, bf16_gemm_on_h100_within_twenty_per_cent) {
  std::ifstream file(STRATA_SOURCE_DIR "/../shared/reference/silicon/gemm_h100.csv");
  if (!file)
    GTEST_SKIP() << "no reference data beside the source tree";
  const auto rows = rows_of(file, "bfloat16");
  ASSERT_GT(rows.size(), 1000u);
  const auto platform = platforms::elaborate(platforms::check(platforms::load_netlist(platforms::find_platform("h100"))));
  const traffic::device_view& device = platform->view().devices[0][0];
  kernel_timer software("software");
  platform->bind_driver(software);

  command done{};
  done.op = core::opcode::signal;
  done.operand_count = 1;
  done.operands[0] = {platform->view().mailbox, 8};
  std::vector<command> commands{done};
  for (const measured_gemm& r : rows) {
    command c{};
    c.op = core::opcode::gemm;
    c.compute = core::data_type::bf16;
    c.flags = core::captured; // the rows were taken with CUDA graphs
    c.m = r.m;
    c.n = r.n;
    c.k = r.k;
    c.operand_count = 3;
    c.use[0] = operand_use::read;
    c.use[1] = operand_use::read_activation;
    c.use[2] = operand_use::write_activation;
    const std::uint64_t memory = device.memories[0].bases[0];
    c.operands[0] = {memory, std::uint64_t{2} * r.n * r.k};
    c.operands[1] = {memory, std::uint64_t{2} * r.m * r.k};
    c.operands[2] = {memory, std::uint64_t{2} * r.m * r.n};
    commands.push_back(c);
    commands.push_back(done);
  }
  software.queue(device.control + core::registers::queues, std::move(commands));
  sc_core::sc_start();

  ASSERT_EQ(software.signals.size(), rows.size() + 1);
  double absolute = 0, signed_sum = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const double error = (software.signals[i + 1] - software.signals[i]) * 1e6 / rows[i].us - 1;
    absolute += std::fabs(error);
    signed_sum += error;
  }
  const double mean = absolute / double(rows.size()), bias = signed_sum / double(rows.size());
  std::cout << rows.size() << " BF16 GEMMs on H100: mean absolute error " << 100 * mean << " %, bias " << 100 * bias << " %\n";
  EXPECT_LT(mean, 0.20);
}

} // namespace
