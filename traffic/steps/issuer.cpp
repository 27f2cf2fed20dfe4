// SPDX-License-Identifier: Apache-2.0
#include "traffic/steps/issuer.hpp"

#include "traffic/kv/kv_shares.hpp"
#include "traffic/lowering/collective_group.hpp"

namespace strata::traffic {

namespace registers = core::registers;
using base::now;

issuer::issuer(sc_core::sc_module_name name, const std::vector<const serving_plan*>& pools, std::function<void(issuer&)> body)
    : sc_core::sc_module(name), m_body(std::move(body)) {
  for (unsigned p = 0; p < pools.size(); ++p) {
    m_pools.push_back(std::make_unique<driven_pool>(*pools[p], p, *this));
    expose_initiator("host", p, m_pools.back()->out.socket);
    expose_target("host", p, m_pools.back()->mailbox.socket);
  }
  SC_THREAD(run);
  SC_METHOD(launch_kernels);
  sensitive << m_launch;
  dont_initialize();
}

void issuer::run() {
  for (unsigned p = 0; p < m_pools.size(); ++p)
    configure_devices(p);
  m_body(*this);
}

/// Divides every device of a pool into the plan's lanes and tells tensor ranks where their peers' inboxes are.
void issuer::configure_devices(unsigned pool) {
  const serving_plan& plan = this->plan(pool);
  std::vector<register_write> groups;
  std::vector<std::unique_ptr<std::uint64_t>> lanes;
  const auto& devices = plan.platform->devices;
  for (std::size_t p = 0; p < devices.size(); ++p) {
    for (const device_view& d : devices[p]) {
      lanes.push_back(std::make_unique<std::uint64_t>(plan.devices[p].lanes));
      write(pool, d.control + registers::lanes, lanes.back().get(), sizeof(std::uint64_t));
    }
    if (plan.ranks == 1)
      continue;
    const rank_division ranks = plan.division();
    const auto window = static_cast<unsigned>(p) * (ranks.node_ranks / ranks.block()); // stages may share a switch
    for (register_write& w : form_groups(devices[p], ranks, 0, window))
      groups.push_back(std::move(w));
  }
  for (register_write& w : groups)
    write(pool, w.address, w.data.data(), static_cast<unsigned>(w.data.size()));
  while (m_outstanding_writes)
    wait(m_written);
}

std::size_t issuer::new_job(unsigned pool) {
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
  j.pool = pool;
  j.submitted = now();
  j.lowered.bound_s = 0;
  ++m_in_flight;
  return slot;
}

/// Address of a device's part of KV in one of the places of copies.
std::uint64_t kv_address(const serving_plan& plan, std::size_t device, const device_view& d, unsigned place) {
  if (place > 0)
    return d.stores[place - 1].bases.front();
  return d.memories.front().bases.front() + static_cast<std::uint64_t>(plan.devices[device].weights_in.front()) / 4096 * 4096;
}

/// Between a device's memory and its stores: every device its part.
void issuer::add_copies(job& j, const kv_copy& copy, std::uint64_t signal, std::vector<std::uint64_t>& queues) const {
  const serving_plan& plan = this->plan(j.pool);
  for (std::size_t p = 0; p < plan.devices.size(); ++p)
    for (const device_view& d : plan.platform->devices[p]) {
      const double bytes = static_cast<double>(copy.tokens) * plan.devices[p].kv_bytes_per_token / plan.kv_parts();
      j.copies.push_back({kv_address(plan, p, d, copy.from), kv_address(plan, p, d, copy.to), static_cast<std::uint64_t>(bytes),
                          signal, j.sequence});
      const auto places = static_cast<unsigned>(d.stores.size()) + 1;
      const unsigned channel = (copy.from * places + copy.to) % d.copy_channels; // 0 is for what is handed over
      queues.push_back(d.copier + dma::registers::copies + dma::registers::copy_stride * channel);
    }
}

void issuer::add_hand_over(job& j, const kv_copy& copy, std::uint64_t signal, std::vector<std::uint64_t>& queues) const {
  const serving_plan &from = plan(j.pool), &to = plan(j.pool + 1);
  for (const kv_share& s : kv_shares(from, to)) {
    const device_view &source = from.platform->devices[s.source][s.source_rank], &target = to.platform->devices[s.target][s.target_rank];
    j.copies.push_back({kv_address(from, s.source, source, 0), kv_address(to, s.target, target, 0),
                        std::max<std::uint64_t>(1, static_cast<std::uint64_t>(static_cast<double>(copy.tokens) * s.bytes_per_token)),
                        signal, j.sequence});
    queues.push_back(source.copier + dma::registers::copies);
  }
}

std::uint64_t issuer::submit(unsigned pool, const kv_copy& copy) {
  const std::size_t slot = new_job(pool);
  job& j = *m_jobs[slot];
  j.copies.clear();
  std::vector<std::uint64_t> queues;
  if (copy.to == next_pool)
    add_hand_over(j, copy, mail_address(slot) + device_done, queues);
  else
    add_copies(j, copy, mail_address(slot) + device_done, queues);
  j.awaited = static_cast<unsigned>(j.copies.size());
  for (std::size_t i = 0; i < j.copies.size(); ++i)
    write(pool, queues[i], &j.copies[i], sizeof j.copies[i]);
  return j.sequence;
}

std::uint64_t issuer::submit(unsigned pool, const step_shape& shape, const layer_range& layers) {
  const std::size_t slot = new_job(pool);
  job& s = *m_jobs[slot];
  s.shape = shape;
  s.layers = layers;
  s.awaited = m_pools[pool]->lower.completions_per_step();
  if (const std::uint64_t host = plan(pool).platform->host_control) {
    s.host_work = {shape.decode_sequences + shape.prefill_sequences, shape.decode_sequences + shape.prefill_tokens,
                   mail_address(slot) + host_done, s.sequence};
    write(pool, host, &s.host_work, sizeof s.host_work);
  } else {
    issue_commands(slot);
  }
  return s.sequence;
}

void issuer::issue_commands(std::size_t slot) {
  job& s = *m_jobs[slot];
  m_pools[s.pool]->lower.lower(s.shape, s.sequence, mail_address(slot) + device_done, s.lowered, s.layers);
  if (s.shape.prefill_tokens > 0 && plan(s.pool).platform->kernel_launch_s > 0) {
    s.launched.assign(s.lowered.used, 0);
    m_launches.emplace(now(), slot);
    launch_kernels();
    return;
  }
  for (std::size_t i = 0; i < s.lowered.used; ++i)
    enqueue(s, s.lowered.programs[i], 0, s.lowered.programs[i].commands.size());
}

/// What is due of steps that no graph holds: on every device a process of its own launches kernel by kernel.
void issuer::launch_kernels() {
  while (!m_launches.empty() && m_launches.begin()->first <= now()) {
    const std::size_t slot = m_launches.begin()->second;
    m_launches.erase(m_launches.begin());
    job& j = *m_jobs[slot];
    if (launch_next(j))
      m_launches.emplace(now() + base::time_for(plan(j.pool).platform->kernel_launch_s, 1), slot);
  }
  if (!m_launches.empty())
    m_launch.notify(base::to_sc_time(m_launches.begin()->first - now()));
}

/// Of every program the next kernel, with what synchronises behind it; whether any has more.
bool issuer::launch_next(job& j) {
  const auto synchronises = [](const core::command& c) {
    return c.op == core::opcode::wait || c.op == core::opcode::signal || c.op == core::opcode::nop;
  };
  bool more = false;
  for (std::size_t i = 0; i < j.lowered.used; ++i) {
    lane_program& p = j.lowered.programs[i];
    const std::size_t first = j.launched[i];
    std::size_t& end = j.launched[i];
    if (end == p.commands.size())
      continue;
    while (end < p.commands.size() && synchronises(p.commands[end]))
      ++end;
    end += end < p.commands.size();
    while (end < p.commands.size() && synchronises(p.commands[end]))
      ++end;
    enqueue(j, p, first, end - first);
    more = more || end < p.commands.size();
  }
  return more;
}

void issuer::enqueue(const job& j, lane_program& p, std::size_t first, std::size_t count) {
  write(j.pool, p.device->control + registers::queues + registers::queue_stride * p.lane, p.commands.data() + first,
        static_cast<unsigned>(count * sizeof(core::command)));
}

void issuer::write(unsigned pool, std::uint64_t address, void* data, unsigned length) {
  ++m_outstanding_writes;
  m_pools[pool]->out.send(m_payloads.plain_payload(tlm::TLM_WRITE_COMMAND, address, data, length));
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

void issuer::on_request(unsigned pool, tlm::tlm_generic_payload& trans) {
  mail(trans);
  m_pools[pool]->mailbox.respond(trans);
}

void issuer::b_transport(unsigned, tlm::tlm_generic_payload& trans, sc_core::sc_time&) { mail(trans); }

void issuer::mail(tlm::tlm_generic_payload& trans) {
  const std::uint64_t offset = trans.get_address() - mail_address(0);
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
