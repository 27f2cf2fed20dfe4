// SPDX-License-Identifier: Apache-2.0
#include "traffic/issuer.hpp"

#include "traffic/collective_group.hpp"

namespace strata::traffic {

namespace registers = core::registers;
using base::now;

issuer::issuer(sc_core::sc_module_name name, const serving_plan& plan, std::function<void(issuer&)> body)
    : sc_core::sc_module(name), m_plan(plan), m_lowering(plan), m_body(std::move(body)), m_out("host_out", 0, *this),
      m_mailbox("mailbox", 0, *this) {
  expose_initiator("host", 0, m_out.socket);
  expose_target("host", 0, m_mailbox.socket);
  SC_THREAD(run);
}

void issuer::run() {
  configure_devices();
  m_body(*this);
}

/// Divides every device into the plan's lanes and tells tensor ranks where their peers' inboxes are.
void issuer::configure_devices() {
  std::vector<register_write> groups;
  std::vector<std::unique_ptr<std::uint64_t>> lanes;
  const auto& devices = m_plan.platform->devices;
  for (std::size_t p = 0; p < devices.size(); ++p) {
    for (const device_view& d : devices[p]) {
      lanes.push_back(std::make_unique<std::uint64_t>(m_plan.devices[p].lanes));
      write(d.control + registers::lanes, lanes.back().get(), sizeof(std::uint64_t));
    }
    if (m_plan.ranks == 1)
      continue;
    const auto window = static_cast<unsigned>(p); // stages may share a switch
    for (register_write& w : form_groups(devices[p], m_plan.ranks, m_plan.platform->node_ranks, 0, window))
      groups.push_back(std::move(w));
  }
  for (register_write& w : groups)
    write(w.address, w.data.data(), static_cast<unsigned>(w.data.size()));
  while (m_outstanding_writes)
    wait(m_written);
}

std::size_t issuer::new_job() {
  if (m_free_slots.empty()) {
    if (m_jobs.size() == most_slots)
      SC_REPORT_FATAL("strata/issuer", "more steps and copies in flight than the mailbox has slots");
    m_free_slots.push_back(m_jobs.size());
    m_jobs.push_back(std::make_unique<job>());
  }
  const std::size_t slot = m_free_slots.back();
  m_free_slots.pop_back();
  job& j = *m_jobs[slot];
  j.sequence = ++m_sequence;
  j.submitted = now();
  j.lowered.bound_s = 0;
  ++m_in_flight;
  return slot;
}

std::uint64_t issuer::submit(const kv_copy& copy) {
  const std::size_t slot = new_job();
  job& j = *m_jobs[slot];
  j.copies.clear();
  std::vector<std::uint64_t> queues;
  for (std::size_t p = 0; p < m_plan.devices.size(); ++p)
    for (const device_view& d : m_plan.platform->devices[p]) {
      const auto place = [&](unsigned at) -> std::uint64_t {
        const memory_view& m = at == 0 ? d.memories.front() : d.stores[at - 1];
        return m.bases.front() + (at == 0 ? static_cast<std::uint64_t>(m_plan.devices[p].kv_offset(0)) / 4096 * 4096 : 0);
      };
      const double bytes = static_cast<double>(copy.tokens) * m_plan.devices[p].kv_bytes_per_token;
      j.copies.push_back({place(copy.from), place(copy.to), static_cast<std::uint64_t>(bytes), mail_address(slot) + device_done,
                          j.sequence});
      const unsigned channel = (copy.from * (max_stores + 1) + copy.to) % d.copy_channels;
      queues.push_back(d.copier + dma::registers::copies + dma::registers::copy_stride * channel);
    }
  j.awaited = static_cast<unsigned>(j.copies.size());
  for (std::size_t i = 0; i < j.copies.size(); ++i)
    write(queues[i], &j.copies[i], sizeof j.copies[i]);
  return j.sequence;
}

std::uint64_t issuer::submit(const step_shape& shape, const layer_range& layers) {
  const std::size_t slot = new_job();
  job& s = *m_jobs[slot];
  s.shape = shape;
  s.layers = layers;
  s.awaited = m_lowering.completions_per_step();
  if (m_plan.platform->host_control) {
    s.host_work = {shape.decode_sequences + shape.prefill_sequences, shape.decode_sequences + shape.prefill_tokens,
                   mail_address(slot) + host_done, s.sequence};
    write(m_plan.platform->host_control, &s.host_work, sizeof s.host_work);
  } else {
    issue_commands(slot);
  }
  return s.sequence;
}

void issuer::issue_commands(std::size_t slot) {
  job& s = *m_jobs[slot];
  m_lowering.lower(s.shape, s.sequence, mail_address(slot) + device_done, s.lowered, s.layers);
  for (std::size_t i = 0; i < s.lowered.used; ++i) {
    lane_program& p = s.lowered.programs[i];
    write(p.device->control + registers::queues + registers::queue_stride * p.lane, p.commands.data(),
          static_cast<unsigned>(p.commands.size() * sizeof(core::command)));
  }
}

void issuer::write(std::uint64_t address, void* data, unsigned length) {
  ++m_outstanding_writes;
  m_out.send(m_pool.plain_payload(tlm::TLM_WRITE_COMMAND, address, data, length));
}

bool issuer::wait_for_completion(completion& done, const sc_core::sc_time& timeout) {
  if (m_completions.empty()) {
    if (timeout == sc_core::sc_max_time())
      wait(m_done);
    else
      wait(timeout, m_done);
  }
  if (m_completions.empty())
    return false;
  done = m_completions.front();
  m_completions.erase(m_completions.begin());
  --m_in_flight;
  return true;
}

void issuer::on_response(unsigned, tlm::tlm_generic_payload& trans) {
  if (!trans.is_response_ok())
    SC_REPORT_ERROR("strata/issuer", ("write to address " + std::to_string(trans.get_address()) +
                                      " failed: " + trans.get_response_string()).c_str());
  trans.release();
  if (--m_outstanding_writes == 0)
    m_written.notify();
}

void issuer::on_request(unsigned, tlm::tlm_generic_payload& trans) {
  mail(trans);
  m_mailbox.respond(trans);
}

void issuer::b_transport(unsigned, tlm::tlm_generic_payload& trans, sc_core::sc_time&) { mail(trans); }

void issuer::mail(tlm::tlm_generic_payload& trans) {
  const std::uint64_t offset = trans.get_address() - m_plan.platform->mailbox;
  const std::size_t slot = offset / slot_bytes;
  if (slot >= m_jobs.size()) {
    trans.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    return;
  }
  trans.set_response_status(tlm::TLM_OK_RESPONSE);
  job& s = *m_jobs[slot];
  if (offset % slot_bytes == host_done) {
    issue_commands(slot);
  } else if (--s.awaited == 0) {
    m_free_slots.push_back(slot);
    m_completions.push_back({s.sequence, base::to_seconds(now() - s.submitted), s.lowered.bound_s});
    m_done.notify();
  }
}

} // namespace strata::traffic
