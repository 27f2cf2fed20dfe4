// SPDX-License-Identifier: Apache-2.0
// The software that times kernels on a simulated platform: writes command descriptors to the devices' queue windows,
// with a signal before and behind what is measured, and notes when the signals reach its mailbox.
#pragma once

#include "models/base/component.hpp"
#include "models/base/femtoseconds.hpp"
#include "models/base/ports.hpp"
#include "models/base/stream.hpp"
#include "sc_main/validate/kernel_kind.hpp"

#include <vector>

namespace strata::cli {

class kernel_runner : public sc_core::sc_module,
                      public base::component,
                      private base::target_handler,
                      private base::initiator_handler {
public:
  /// To be bound with platforms::platform::bind_driver. `platform` must outlive it.
  kernel_runner(sc_core::sc_module_name name, const traffic::platform_view& platform);
  std::string path() const override { return name(); }

  /// Runs `trials` in order, `warm_up` passes and then a measured one of each, until nothing is left to do. Returns
  /// seconds per call. Throws base::input_error where a trial does not fit the platform.
  std::vector<double> run(const std::vector<kernel_trial>& trials, unsigned warm_up);

  /// Kernels executed so far, warm-up included.
  std::uint64_t kernels() const { return m_kernels; }

private:
  struct span {
    base::femtoseconds from = 0, to = 0;
  };
  void queue_trial(const kernel_trial& trial, std::uint64_t number, unsigned warm_up);
  void run_queued();
  unsigned group_of(unsigned ranks);
  void write(std::uint64_t address, void* data, std::size_t length);
  void on_request(unsigned port, tlm::tlm_generic_payload& trans) override;
  void on_response(unsigned port, tlm::tlm_generic_payload& trans) override;
  void b_transport(unsigned port, tlm::tlm_generic_payload& trans, sc_core::sc_time& delay) override;
  unsigned transport_dbg(unsigned, tlm::tlm_generic_payload&) override { return 0; }
  void note(tlm::tlm_generic_payload& trans);

  const std::vector<traffic::device_view>& m_devices; ///< that split a layer
  unsigned m_node_ranks;                            ///< of them, those that share a scale-up domain
  std::uint64_t m_mailbox;
  base::payload_pool m_pool;
  base::initiator_port m_out;
  base::target_port m_in;
  std::vector<std::vector<core::command>> m_queued; ///< by device
  struct formed_group {
    unsigned ranks, number;
  };
  std::vector<formed_group> m_groups;               ///< written so far
  unsigned m_next_group = 0;
  std::vector<span> m_spans;                        ///< by trial of the current run()
  std::size_t m_signals = 0;                        ///< seen in the current run()
  std::uint64_t m_kernels = 0;
};

} // namespace strata::cli
