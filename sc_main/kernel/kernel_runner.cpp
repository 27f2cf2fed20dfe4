// SPDX-License-Identifier: Apache-2.0
#include "sc_main/kernel/kernel_runner.hpp"

#include "models/base/diagnostic.hpp"
#include "traffic/lowering/collective_group.hpp"

#include <algorithm>
#include <cstring>

namespace strata::cli {

using core::command;
namespace registers = core::registers;

kernel_runner::kernel_runner(sc_core::sc_module_name name, const traffic::platform_view& platform)
    : sc_core::sc_module(name), m_devices(platform.devices.front()), m_node_ranks(platform.node_ranks), m_mailbox(platform.mailbox),
      m_out("host_out", 0, *this), m_in("mailbox", 0, *this), m_queued(m_devices.size()) {
  expose_initiator("host", 0, m_out.socket);
  expose_target("host", 0, m_in.socket);
}

std::vector<double> kernel_runner::run(const std::vector<kernel_trial>& trials, unsigned warm_up) {
  m_spans.assign(trials.size(), {});
  m_signals = 0;
  for (std::size_t i = 0; i < trials.size(); ++i)
    queue_trial(trials[i], i, warm_up);
  run_queued();
  if (m_signals != 2 * trials.size())
    throw std::runtime_error("the simulation ended with " + std::to_string(m_signals) + " of " +
                             std::to_string(2 * trials.size()) + " signals received");
  std::vector<double> seconds;
  for (std::size_t i = 0; i < trials.size(); ++i)
    seconds.push_back(base::to_seconds(m_spans[i].to - m_spans[i].from) / trials[i].calls);
  return seconds;
}

void kernel_runner::queue_trial(const kernel_trial& trial, std::uint64_t number, unsigned warm_up) {
  for (std::size_t d = 0; d < trial.programs.size(); ++d) {
    const std::size_t length = 2 + (warm_up + 1) * trial.programs[d].size();
    if (length > m_devices[d].queue_depth)
      throw base::input_error({}, std::to_string(length) + " commands in one measurement, expected at most the " +
                                      std::to_string(m_devices[d].queue_depth) + " that a queue of " +
                                      m_devices[d].name + " holds");
    if (m_queued[d].size() + length > m_devices[d].queue_depth)
      run_queued();
  }
  command signal{};
  signal.op = core::opcode::signal;
  signal.operand_count = 1;
  const auto signal_from = [&](std::size_t device, bool end) {
    if (device > 0)
      return; // the first device's clock is everybody's
    signal.operands[0] = {m_mailbox, 8};
    signal.work = 2 * number + end;
    m_queued[device].push_back(signal);
  };
  const unsigned group = trial.ranks > 1 ? group_of(trial.ranks) : 0;
  for (std::size_t d = 0; d < trial.programs.size(); ++d)
    for (unsigned pass = 0; pass <= warm_up; ++pass) {
      if (pass == warm_up)
        signal_from(d, false);
      for (command c : trial.programs[d]) {
        c.group = static_cast<std::uint16_t>(c.group + group);
        m_queued[d].push_back(c);
      }
      m_kernels += trial.programs[d].size();
      if (pass == warm_up)
        signal_from(d, true);
    }
}

void kernel_runner::run_queued() {
  for (std::size_t d = 0; d < m_devices.size(); ++d)
    if (!m_queued[d].empty())
      write(m_devices[d].control + registers::queues, m_queued[d].data(), m_queued[d].size() * sizeof(command));
  sc_core::sc_start();
  for (auto& commands : m_queued)
    commands.clear();
}

/// Tells the devices of a group of `ranks`, which are the first ones, of each other; once for every size.
unsigned kernel_runner::group_of(unsigned ranks) {
  for (const formed_group& g : m_groups)
    if (g.ranks == ranks)
      return g.number;
  const unsigned number = m_next_group;
  m_next_group += ranks > m_node_ranks ? traffic::collective_groups : 1;
  if (m_next_group > registers::group_count)
    throw base::input_error({}, "more sizes of collective groups than the " + std::to_string(registers::group_count) +
                                    " groups of a device hold");
  m_groups.push_back({ranks, number});
  run_queued();
  for (traffic::register_write& w : traffic::form_groups(m_devices, {ranks, m_node_ranks}, number, number)) {
    write(w.address, w.data.data(), w.data.size());
    sc_core::sc_start();
  }
  return number;
}

void kernel_runner::write(std::uint64_t address, void* data, std::size_t length) {
  m_out.send(m_pool.plain_payload(tlm::TLM_WRITE_COMMAND, address, data, static_cast<unsigned>(length)));
}

void kernel_runner::on_request(unsigned, tlm::tlm_generic_payload& trans) {
  note(trans);
  m_in.respond(trans);
}

void kernel_runner::b_transport(unsigned, tlm::tlm_generic_payload& trans, sc_core::sc_time&) { note(trans); }

void kernel_runner::note(tlm::tlm_generic_payload& trans) {
  std::uint64_t value = 0;
  std::memcpy(&value, trans.get_data_ptr(), std::min<std::size_t>(trans.get_data_length(), sizeof value));
  span& s = m_spans.at(value / 2);
  (value % 2 ? s.to : s.from) = base::now();
  ++m_signals;
  trans.set_response_status(tlm::TLM_OK_RESPONSE);
}

void kernel_runner::on_response(unsigned, tlm::tlm_generic_payload& trans) {
  if (!trans.is_response_ok())
    SC_REPORT_ERROR("strata/kernel_runner", ("write to address " + std::to_string(trans.get_address()) + " failed: " +
                                             trans.get_response_string()).c_str());
  trans.release();
}

} // namespace strata::cli
