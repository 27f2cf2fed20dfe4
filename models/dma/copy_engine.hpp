// SPDX-License-Identifier: Apache-2.0
// A copy engine (DMA): takes copies in queues, reads and writes memories through one port, signals when a copy is done.
#pragma once

#include "models/base/component.hpp"
#include "models/base/femtoseconds.hpp"
#include "models/base/parameter.hpp"
#include "models/base/ports.hpp"
#include "models/base/stream.hpp"
#include "models/dma/registers.hpp"

#include <deque>
#include <queue>
#include <vector>

namespace strata::dma {

class copy_engine : public sc_core::sc_module,
                    public base::component,
                    private base::target_handler,
                    private base::initiator_handler {
public:
  struct config {
    unsigned channels = 8;
    base::duration start_latency = base::duration::of(1e-6);
    base::byte_rate bandwidth; ///< 0 = no limit of its own
    base::energy_per_bit energy_per_bit;
    base::power static_power;
    std::string level = "dma";
    void parameters(base::parameter_list& p);
  };
  copy_engine(sc_core::sc_module_name name, const config& c);
  static const base::component_description& describe();
  STRATA_HAS_PROCESS(copy_engine);

  std::string path() const override { return name(); }
  /// First address of its registers.
  void set_base(const std::string&, std::uint64_t address) override { m_window = {address, registers::window_bytes}; }

private:
  struct channel {
    std::deque<copy_item> queue; ///< its first one is under way
    unsigned outstanding = 0;    ///< its streams in progress
  };
  struct start {
    base::femtoseconds due;
    unsigned channel;
    bool operator>(const start& o) const { return due != o.due ? due > o.due : channel > o.channel; }
  };
  struct in_flight {
    tlm::tlm_generic_payload* trans;
    unsigned channel; ///< or `signal`
  };
  static constexpr unsigned signal = ~0u;

  void on_request(unsigned port, tlm::tlm_generic_payload& trans) override;
  void on_response(unsigned port, tlm::tlm_generic_payload& trans) override;
  void b_transport(unsigned port, tlm::tlm_generic_payload& trans, sc_core::sc_time& delay) override;
  unsigned transport_dbg(unsigned port, tlm::tlm_generic_payload& trans) override;
  tlm::tlm_response_status access(tlm::tlm_generic_payload& trans);
  bool read_register(std::uint64_t offset, unsigned length, void* to) const;
  void begin(unsigned channel);
  void step();
  void request(unsigned channel, tlm::tlm_command command, std::uint64_t address, std::uint64_t bytes);
  void finish(unsigned channel);

  config m_config;
  base::address_range m_window{0, registers::window_bytes};
  base::payload_pool m_pool;
  base::target_port m_in;
  base::initiator_port m_out;
  std::vector<channel> m_channels;
  std::priority_queue<start, std::vector<start>, std::greater<>> m_starts;
  std::vector<in_flight> m_in_flight;
  std::uint64_t m_completed = 0, m_pending = 0;
  sc_core::sc_event m_wake;
  base::meter &m_copied, &m_asked;
};

} // namespace strata::dma
