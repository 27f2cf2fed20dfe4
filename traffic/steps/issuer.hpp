// SPDX-License-Identifier: Apache-2.0
// The one SystemC module of the traffic room: turns the commands of a step, and copies of KV, into TLM writes to host,
// devices and copy engines and learns from mailbox writes when they are done. It knows addresses, never modules.
#pragma once

#include "models/base/component.hpp"
#include "models/base/ports.hpp"
#include "models/base/stream.hpp"
#include "models/dma/registers.hpp"
#include "models/host/registers.hpp"
#include "traffic/kv/kv_copies.hpp"
#include "traffic/kv/kv_stores.hpp"
#include "traffic/lowering/lowering.hpp"

#include <functional>
#include <map>
#include <memory>
#include <vector>

namespace strata::traffic {

class issuer : public sc_core::sc_module,
               public base::component,
               private base::target_handler,
               private base::initiator_handler {
public:
  /// A submitted step or copy that is done.
  struct completion {
    std::uint64_t sequence;
    double latency_s; ///< since submit()
    double bound_s;   ///< the step's roofline, see lowered_step; 0 of a copy
  };

  /// Drives the pools of a platform, one or two, each through a socket of its own. `body` runs as the module's SC_THREAD and
  /// drives the simulation through submit() and wait_for_completion().
  issuer(sc_core::sc_module_name name, const std::vector<const serving_plan*>& pools, std::function<void(issuer&)> body);
  STRATA_HAS_PROCESS(issuer);

  std::string path() const override { return name(); }

  const serving_plan& plan(unsigned pool) const { return *m_pools[pool]->plan; }

  /// Sends a step of a pool on its way: host work first, then every device's commands, of `layers` only where given. Returns its
  /// sequence number.
  std::uint64_t submit(unsigned pool, const step_shape& shape, const layer_range& layers = {});
  /// Has the copy engines of all devices of a pool move their parts of a copy. Copies between two places are done in order.
  std::uint64_t submit(unsigned pool, const kv_copy& copy);
  /// Steps and copies submitted and not yet handed out as completions.
  std::size_t in_flight() const { return m_in_flight; }
  /// Waits (in the body) until a step is done or `timeout` has passed; true and the completion in the former case,
  /// which is certain without a timeout.
  bool wait_for_completion(completion& done, const sc_core::sc_time& timeout = sc_core::sc_max_time());

private:
  struct driven_pool {
    driven_pool(const serving_plan& p, unsigned number, issuer& owner)
        : plan(&p), lower(p), out(("host_out" + std::to_string(number)).c_str(), number, owner),
          mailbox(("mailbox" + std::to_string(number)).c_str(), number, owner) {}
    const serving_plan* plan;
    lowering lower;
    base::initiator_port out;
    base::target_port mailbox;
  };
  struct job {
    std::uint64_t sequence = 0;
    unsigned pool = 0;
    unsigned awaited = 0;      ///< signals that end it
    std::vector<dma::copy_item> copies; ///< of a copy; else a step:
    step_shape shape;
    layer_range layers;
    lowered_step lowered;      ///< owns the descriptor buffers until the devices have taken them
    std::vector<std::size_t> launched; ///< commands of each program that are on their way, where launched one by one
    base::femtoseconds submitted = 0;
    host::work_item host_work{};
  };
  /// Mailbox layout: step slot i at + 16*i, the host's word, then the devices'.
  static constexpr unsigned most_slots = 4096;
  static constexpr std::uint64_t slot_bytes = 16, host_done = 0, device_done = 8;

  void run();
  std::size_t new_job(unsigned pool);
  void configure_devices(unsigned pool);
  void add_copies(job& j, const kv_copy& copy, std::uint64_t signal, std::vector<std::uint64_t>& queues) const;
  void add_hand_over(job& j, const kv_copy& copy, std::uint64_t signal, std::vector<std::uint64_t>& queues) const;
  void issue_commands(std::size_t slot);
  void launch_kernels();
  bool launch_next(job& j);
  std::uint64_t mail_address(std::size_t slot) const { return m_pools.front()->plan->platform->mailbox + slot_bytes * slot; }
  void enqueue(const job& j, lane_program& program, std::size_t first, std::size_t count);
  void write(unsigned pool, std::uint64_t address, void* data, unsigned length);
  void on_request(unsigned port, tlm::tlm_generic_payload& trans) override;
  void on_response(unsigned port, tlm::tlm_generic_payload& trans) override;
  void b_transport(unsigned port, tlm::tlm_generic_payload& trans, sc_core::sc_time& delay) override;
  unsigned transport_dbg(unsigned, tlm::tlm_generic_payload&) override { return 0; }
  void mail(tlm::tlm_generic_payload& trans);

  std::vector<std::unique_ptr<driven_pool>> m_pools;
  std::function<void(issuer&)> m_body;
  base::payload_pool m_payloads;
  std::vector<std::unique_ptr<job>> m_jobs; ///< by slot
  std::vector<std::size_t> m_free_slots;
  std::vector<completion> m_completions;
  std::size_t m_in_flight = 0;
  unsigned m_outstanding_writes = 0;
  std::uint64_t m_sequence = 0;
  std::multimap<base::femtoseconds, std::size_t> m_launches; ///< slots whose next kernel is due
  sc_core::sc_event m_written, m_done, m_launch;
};

} // namespace strata::traffic
