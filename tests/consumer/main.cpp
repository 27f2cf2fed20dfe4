// SPDX-License-Identifier: Apache-2.0
// Somebody else's platform: an initiator that knows nothing but TLM-2.0 drives Strata's DRAM controller, blocking and
// non-blocking, at SystemC's default resolution. Exit status 0 where data and times are what the timings say.
#include "models/dram/dram_controller.hpp"

#include <cstring>
#include <iostream>

namespace {

using namespace sc_core;

class foreign_cpu : public sc_module, public tlm::tlm_mm_interface {
public:
  tlm_utils::simple_initiator_socket<foreign_cpu, 64> socket{"socket"};
  STRATA_HAS_PROCESS(foreign_cpu);
  explicit foreign_cpu(sc_module_name name) : sc_module(name) {
    socket.register_nb_transport_bw(this, &foreign_cpu::nb_transport_bw);
    SC_THREAD(run);
  }
  sc_time blocking, non_blocking;
  bool data_came_back = false;

private:
  static constexpr std::uint64_t address = 0x12340;

  void run() {
    unsigned char out[64], in[64] = {};
    for (unsigned i = 0; i < sizeof out; ++i)
      out[i] = static_cast<unsigned char>(i * 7 + 1);
    tlm::tlm_generic_payload trans(this);
    trans.acquire();
    prepare(trans, tlm::TLM_WRITE_COMMAND, out);
    socket->b_transport(trans, blocking);
    prepare(trans, tlm::TLM_READ_COMMAND, in);
    blocking = SC_ZERO_TIME;
    socket->b_transport(trans, blocking);
    data_came_back = trans.is_response_ok() && std::memcmp(in, out, sizeof in) == 0;

    std::memset(in, 0, sizeof in);
    prepare(trans, tlm::TLM_READ_COMMAND, in);
    const sc_time start = sc_time_stamp();
    tlm::tlm_phase phase = tlm::BEGIN_REQ;
    sc_time delay = SC_ZERO_TIME;
    if (socket->nb_transport_fw(trans, phase, delay) != tlm::TLM_COMPLETED)
      wait(m_done);
    non_blocking = sc_time_stamp() - start;
    data_came_back = data_came_back && trans.is_response_ok() && std::memcmp(in, out, sizeof in) == 0;
    trans.release();
  }
  static void prepare(tlm::tlm_generic_payload& trans, tlm::tlm_command command, unsigned char* data) {
    trans.set_command(command);
    trans.set_address(address);
    trans.set_data_ptr(data);
    trans.set_data_length(64);
    trans.set_streaming_width(64);
    trans.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
  }
  tlm::tlm_sync_enum nb_transport_bw(tlm::tlm_generic_payload&, tlm::tlm_phase& phase, sc_time& delay) {
    if (phase != tlm::BEGIN_RESP)
      return tlm::TLM_ACCEPTED;
    m_done.notify(delay);
    return tlm::TLM_COMPLETED;
  }
  void free(tlm::tlm_generic_payload*) override {}
  sc_event m_done;
};

} // namespace

int sc_main(int, char**) {
  strata::dram::dram_controller::config config;
  config.store_data = true;
  strata::dram::dram_controller memory("memory", config);
  foreign_cpu cpu("cpu");
  cpu.socket.bind(*memory.targets().at(0).socket);
  sc_start();

  // A closed bank costs at least activation and column access; an idle memory adds no more than some bursts to that.
  const sc_time least(config.t_rcd_read.seconds + config.t_cl.seconds, SC_SEC);
  const auto plausible = [&least](const sc_time& t) { return t >= least && t < 3 * least; };
  std::cout << "blocking " << cpu.blocking << ", non-blocking " << cpu.non_blocking << ", at least " << least << '\n';
  const bool never_early = strata::base::to_sc_time(1) == sc_get_time_resolution(); // or models would wake too soon
  return cpu.data_came_back && never_early && plausible(cpu.blocking) && plausible(cpu.non_blocking) ? 0 : 1;
}
