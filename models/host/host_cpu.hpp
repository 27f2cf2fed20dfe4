// SPDX-License-Identifier: Apache-2.0
// Host CPU socket: bridges requests between the driving software and the devices, and does the serving loop's work.
#pragma once

#include "models/base/address_decoder.hpp"
#include "models/base/cut_through_hop.hpp"
#include "models/base/parameter.hpp"
#include "models/host/work_queue.hpp"

namespace strata::host {

class host_cpu : public base::cut_through_hop {
public:
  struct config {
    unsigned ports = 1;
    base::duration mmio_latency = base::duration::of(200e-9);
    base::byte_rate port_bandwidth = base::byte_rate::of(128e9);
    base::duration step_overhead = base::duration::of(200e-6);
    base::duration per_sequence = base::duration::of(2e-6);
    base::duration per_token = base::duration::of(20e-9);
    base::duration sampling;            ///< not spent by the loop, see parameters()
    base::duration request_latency;     ///< likewise
    base::duration kernel_launch;       ///< likewise
    unsigned prompts_apart = 0;         ///< likewise
    unsigned steps_ahead = 0;           ///< likewise
    unsigned fused_experts = 0;         ///< likewise
    unsigned tuned_experts = 1;         ///< likewise
    unsigned cores = 64;                ///< likewise, for other work than the loop's
    double core_speed = 1;
    base::power core_power = base::power::of(4);
    base::power active_power = base::power::of(15);
    base::power idle_power = base::power::of(100);
    unsigned outstanding = 256;
    std::string level = "host";
    void parameters(base::parameter_list& p);
  };

  host_cpu(sc_core::sc_module_name name, const config& c);
  static const base::component_description& describe();
  /// Sends `range` out of "driver" or "port"[index]. Throws std::invalid_argument on overlap or an unknown port.
  void add_route(const base::address_range& range, const std::string& name, unsigned index) override;
  /// First address of the work queue's registers (see registers.hpp), reached from any side.
  void set_base(const std::string&, std::uint64_t address) override { m_window = {address, registers::window_bytes}; }
  STRATA_HAS_PROCESS(host_cpu);

private:
  unsigned route(unsigned, std::uint64_t address) const override { return m_routes.port(address); }
  void account(unsigned egress, std::uint64_t bytes, double packets) override;
  void on_request(unsigned port, tlm::tlm_generic_payload& trans) override;
  void on_response(unsigned port, tlm::tlm_generic_payload& trans) override;
  void b_transport(unsigned port, tlm::tlm_generic_payload& trans, sc_core::sc_time& delay) override;
  unsigned transport_dbg(unsigned port, tlm::tlm_generic_payload& trans) override;
  tlm::tlm_response_status access_registers(tlm::tlm_generic_payload& trans);
  bool read_register(std::uint64_t offset, unsigned length, void* to) const;
  void work();
  void schedule_work();
  void signal(const work_item& done);

  base::address_decoder m_routes;
  base::address_range m_window;
  unsigned m_port_count;
  work_queue m_work;
  base::payload_pool m_payloads;
  std::vector<tlm::tlm_generic_payload*> m_signals; ///< own writes on their way
  sc_core::sc_event m_work_done;
  std::uint64_t m_completed = 0;
  base::meter& m_busy;
  base::meter& m_items;
  base::meter& m_tools;
  base::meter& m_bridged;
};

} // namespace strata::host
