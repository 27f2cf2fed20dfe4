// SPDX-License-Identifier: Apache-2.0
// A device that executes commands: lanes of queued descriptors, operands streamed from the memories that the address
// map names while the engines work, collectives over the fabric. Timing of the engines comes from an
// execution_policy; this shell turns it into TLM transactions.
#pragma once

#include "models/base/activity.hpp"
#include "models/base/address_decoder.hpp"
#include "models/base/component.hpp"
#include "models/base/ports.hpp"
#include "models/base/stream.hpp"
#include "models/core/collectives.hpp"
#include "models/core/core_config.hpp"
#include "models/core/execution_policy.hpp"
#include "models/core/resident_set.hpp"

#include <array>
#include <deque>
#include <memory>
#include <queue>
#include <vector>

namespace strata::core {

class compute_core : public sc_core::sc_module,
                     public base::component,
                     public base::activity_source,
                     private base::target_handler,
                     private base::initiator_handler {
public:
  using config = core_config;
  compute_core(sc_core::sc_module_name name, const config& c);
  STRATA_HAS_PROCESS(compute_core);
  static const base::component_description& describe();

  std::string path() const override { return name(); }
  void add_route(const base::address_range& range, const std::string& socket, unsigned index) override;
  /// "host": control window; "fabric": inbox.
  void set_base(const std::string& socket, std::uint64_t address) override;

  std::uint64_t completed() const { return m_completed; }

private:
  /// What a lane's current command waits for.
  enum class stage { idle, waiting, launching, streaming, finishing };
  struct lane {
    std::deque<command> queue;
    command current{};
    execution_plan plan{};
    stage at = stage::idle;
    unsigned outstanding = 0;             ///< operand or collective transactions in flight
    base::femtoseconds started = 0;
    base::femtoseconds engines_end = 0;   ///< engines done if operands were no limit
    base::femtoseconds streams_end = 0;
    time_part streams_part = time_part::memory; ///< that the last stream to end went through
    base::femtoseconds power_until = 0;   ///< before which the power limit does not let the operands be in
    base::femtoseconds drain = 0;         ///< after the last stream, where one came from a memory
    collective_progress collective;
  };
  struct timer {
    base::femtoseconds due;
    std::uint64_t order;
    unsigned lane;
    bool operator>(const timer& o) const { return due != o.due ? due > o.due : order > o.order; }
  };
  struct in_flight {
    tlm::tlm_generic_payload* trans;
    int lane;                  ///< or one of the two below
    base::target_port* origin; ///< where a forwarded request came from
  };
  /// Port numbers on the initiator side: memories, then fabric, then host.
  unsigned fabric_out() const { return m_config.memory_ports; }
  unsigned host_out() const { return m_config.memory_ports + 1; }
  static constexpr unsigned host_in = 0, fabric_in = 1;
  static constexpr int forwarded = -1; ///< in flight for somebody else
  static constexpr int posted = -2;    ///< a write nobody waits for

  // TLM side (compute_core.cpp)
  void on_request(unsigned port, tlm::tlm_generic_payload& trans) override;
  void on_response(unsigned port, tlm::tlm_generic_payload& trans) override;
  void b_transport(unsigned port, tlm::tlm_generic_payload& trans, sc_core::sc_time& delay) override;
  unsigned transport_dbg(unsigned port, tlm::tlm_generic_payload& trans) override;
  base::initiator_port* route(std::uint64_t address);
  bool own_window(std::uint64_t address) const;
  void access_registers(tlm::tlm_generic_payload& trans);
  void write_register(std::uint64_t offset, tlm::tlm_generic_payload& trans);
  std::uint64_t read_register(std::uint64_t offset) const;
  void access_inbox(tlm::tlm_generic_payload& trans);

  // Execution side (execution.cpp)
  void step();
  void arm(unsigned lane, base::femtoseconds due);
  void next_command(unsigned lane);
  void begin(unsigned lane);
  /// Of a lane: where its background collective runs, behind all that take commands.
  unsigned background_of(unsigned number) const { return m_config.max_lanes + number; }
  bool waits_for_background(unsigned lane) const;
  void background_done(unsigned lane);
  void launch(unsigned lane);
  void request_operands(unsigned lane);
  void request(int waiting, tlm::tlm_command command, std::uint64_t address, std::uint64_t bytes, double rate_limit);
  void post(std::uint64_t address, std::uint64_t value, bool ordered);
  void operands_done(unsigned lane, time_part part);
  void finish(unsigned lane);
  void count_time(const lane& l);
  /// Of the device's engines.
  double share_of(const lane& l) const { return l.plan.share > 0 ? l.plan.share : 1.0 / m_active_lanes; }
  void tell(unsigned lane) const;
  void raise_semaphore(unsigned index, std::uint64_t value);
  void signal(unsigned lane);

  // Collectives (collectives.cpp)
  void begin_collective(unsigned lane);
  void send_phase(unsigned lane);
  void send_flags(unsigned lane);
  void check_arrivals(unsigned group);
  bool collective_finished(unsigned lane);
  void count_collective(const lane& l);

  config m_config;
  std::unique_ptr<execution_policy> m_policy;
  base::address_range m_control{0, registers::window_bytes}, m_inbox;
  base::payload_pool m_pool;
  base::target_port m_host_in;
  std::unique_ptr<base::target_port> m_fabric_in;
  std::vector<std::unique_ptr<base::initiator_port>> m_out; ///< memories, fabric (or null), host
  base::address_decoder m_routes;
  std::vector<in_flight> m_in_flight;

  std::vector<lane> m_lanes; ///< max_lanes of them, then the background of each
  unsigned m_active_lanes = 1;
  std::array<std::uint64_t, registers::semaphore_count> m_semaphores{};
  std::array<collective_group, registers::group_count> m_groups;
  std::uint64_t m_completed = 0;
  resident_set m_resident; ///< what the last-level cache holds

  sc_core::sc_event m_wake;
  std::uint64_t m_timer_order = 0;
  std::priority_queue<timer, std::vector<timer>, std::greater<>> m_timers;

  std::array<base::meter*, data_type_count> m_matrix{};
  base::meter *m_vector, *m_fabric_hops, *m_fabric, *m_cache, *m_commands, *m_active, *m_poisoned, *m_collective;
  std::array<base::meter*, time_part_count> m_time{}; ///< by time_part
  std::vector<base::meter*> m_asked; ///< bytes asked of each memory port, and of the fabric
};

} // namespace strata::core
