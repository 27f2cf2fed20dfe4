// SPDX-License-Identifier: Apache-2.0
// The SystemC shell of every memory: target ports, optional sparse storage with DMI, meters, and one next-event
// SC_METHOD around a kernel-free service policy that decides when each access is done.
#pragma once

#include "models/base/component.hpp"
#include "models/base/ports.hpp"
#include "models/base/sparse_memory.hpp"
#include "models/base/stream.hpp"

#include <functional>
#include <memory>
#include <queue>
#include <vector>

namespace strata::base {

/// One access as a policy sees it. `address` is relative to the memory's first byte.
struct memory_access {
  std::uint64_t id;
  std::uint64_t address;
  bool write;
  base::stream stream; ///< bytes > 0; a plain access is a short sequential stream
};

/// Timing of a memory. Instants given to it never decrease.
class service_policy {
public:
  virtual ~service_policy() = default;
  /// Accepts an access at `now`. Several may be in progress.
  virtual void start(femtoseconds now, const memory_access& access) = 0;
  /// Next instant at which advance() has something to do, `never` when idle.
  virtual femtoseconds next() const = 0;
  /// Moves to `now` and appends the ids of the accesses whose last byte has been delivered (or written).
  virtual void advance(femtoseconds now, std::vector<std::uint64_t>& done) = 0;
  /// Time that `access` takes on an otherwise idle memory; for blocking (loosely-timed) callers.
  virtual femtoseconds unloaded(const memory_access& access) const = 0;
};

/// What a memory found in the data of an access.
struct access_errors {
  femtoseconds delay = 0;           ///< corrections put off the end of the access by as much
  std::uint64_t poisoned_bytes = 0; ///< beyond correction
};

/// Base class of dram_controller, sram_tile and the like. The derived class owns config and policy.
class memory_module : public sc_core::sc_module, public component, private target_handler {
public:
  std::string path() const override { return name(); }
  std::uint64_t capacity() const { return m_capacity; }
  /// Requests in progress integrated over time (request-seconds) and their summed latency: Little's law.
  double occupancy_s() const { return m_occupancy_s; }
  double latency_sum_s() const { return m_latency_sum_s; }

protected:
  /// `store_data` keeps what is written (sparse) and grants DMI; without it reads return zeros.
  memory_module(sc_core::sc_module_name name, std::uint64_t capacity_bytes, unsigned ports, unsigned queue_depth,
                bool store_data, service_policy& policy);

  /// Called when an access ends, for meters.
  virtual void account(const memory_access& access) = 0;
  /// Called once for each access, when its last byte has been delivered.
  virtual access_errors errors_in(const memory_access&) { return {}; }

public:
  STRATA_HAS_PROCESS(memory_module);
  void set_base(const std::string&, std::uint64_t address) override { m_base = address; }

private:
  void on_request(unsigned port, tlm::tlm_generic_payload& trans) override;
  void b_transport(unsigned port, tlm::tlm_generic_payload& trans, sc_core::sc_time& delay) override;
  unsigned transport_dbg(unsigned port, tlm::tlm_generic_payload& trans) override;
  bool get_direct_mem_ptr(unsigned port, tlm::tlm_generic_payload& trans, tlm::tlm_dmi& dmi) override;
  bool check(tlm::tlm_generic_payload& trans) const;
  void access_data(tlm::tlm_generic_payload& trans, std::uint64_t poisoned);
  memory_access access_of(const tlm::tlm_generic_payload& trans, std::uint64_t id) const;
  void step();
  void finish(std::uint64_t id);
  void schedule();

  struct pending {
    tlm::tlm_generic_payload* trans;
    unsigned port;
    memory_access access;
    femtoseconds start;
    std::uint64_t poisoned;
  };
  struct correction {
    femtoseconds until;
    std::uint64_t order;
    std::uint64_t id;
    bool operator>(const correction& o) const { return until != o.until ? until > o.until : order > o.order; }
  };
  std::uint64_t m_capacity;
  std::uint64_t m_base = 0;
  service_policy& m_policy;
  std::unique_ptr<sparse_memory> m_data;
  std::vector<std::unique_ptr<target_port>> m_ports;
  std::vector<pending> m_pending; ///< slot number = access id
  std::vector<std::uint64_t> m_free_slots;
  std::vector<std::uint64_t> m_done;
  std::priority_queue<correction, std::vector<correction>, std::greater<>> m_corrections; ///< in progress
  std::uint64_t m_corrected = 0;
  sc_core::sc_event m_wake;
  std::size_t m_in_progress = 0;
  femtoseconds m_last_change = 0;
  double m_occupancy_s = 0, m_latency_sum_s = 0;
  meter& m_served; ///< what the conservation audit holds against the bytes asked of memories
  void note_occupancy(femtoseconds at);
};

} // namespace strata::base
