// SPDX-License-Identifier: Apache-2.0
// The host's register window and work thread; bridging is cut_through_hop's.
#include "models/host/host_cpu.hpp"

#include <algorithm>
#include <cstring>

namespace strata::host {

using namespace base;
using tlm::tlm_generic_payload;

void host_cpu::config::parameters(parameter_list& p) {
  p.add("ports", ports, between(0, 1024), "duplex ports towards devices");
  p.add("mmio_latency", mmio_latency, non_negative(), "one way through the CPU's fabric and root complex");
  p.add("port_bandwidth", port_bandwidth, positive(), "bandwidth of bridged data leaving by a port");
  p.add("step_overhead", step_overhead, non_negative(), "serving-loop time of a step, whatever is in it");
  p.add("per_sequence", per_sequence, non_negative(), "serving-loop time per sequence of the step");
  p.add("per_token", per_token, non_negative(), "serving-loop time per new token of the step");
  p.add("sampling", sampling, non_negative(),
        "time per sampled token of the devices' own kernels that choose it: penalties, filters, sorting; the scheduler's "
        "software launches them");
  p.add("request_latency", request_latency, non_negative(),
        "from a request's arrival to the scheduler's queue: connection, tokenisation; the scheduler's software applies it");
  p.add("kernel_launch", kernel_launch, non_negative(),
        "host time between two kernels of a step with prompts, which no graph holds; the scheduler's software applies it");
  p.add("prompts_apart", prompts_apart, between(0, 1),
        "1: prompts go before decodes and in steps of their own, 0: together; the scheduler's software applies it");
  p.add("steps_ahead", steps_ahead, between(0, 1),
        "1: a step is put together when the one before it starts, and prompts that come later miss it, 0: when that one has "
        "ended; the scheduler's software applies it");
  p.add("fused_experts", fused_experts, between(0, 1),
        "1: experts' products gather rows themselves, every rank has all tokens, and rows of other ranks' experts go through its "
        "kernels as zeros, 0: rows are brought together first; the scheduler's software applies it");
  p.add("tuned_experts", tuned_experts, between(0, 1),
        "1: their tiles were tuned for the model and the device, 0: the software's defaults; the scheduler's software applies it");
  p.add("cores", cores, between(1, 65536), "that run other work than the serving loop, agents' tools; who has them run applies it");
  p.add("core_speed", core_speed, positive(), "of such a core, relative to the one on which that work was recorded");
  p.add("core_power", core_power, non_negative(), "power above idle of such a core at work");
  p.add("active_power", active_power, non_negative(), "power above idle while the serving loop works");
  p.add("idle_power", idle_power, non_negative(), "power drawn whether or not anything happens");
  p.add("outstanding", outstanding, between(1, 1e6), "requests in progress per port before further ones are held back");
  p.add("level", level, "energy level that it reports under");
}

host_cpu::host_cpu(sc_core::sc_module_name name, const config& c)
    : cut_through_hop(name, c.outstanding), m_port_count(c.ports),
      m_work({c.step_overhead, c.per_sequence, c.per_token}),
      m_busy(add_meter({"busy", "s", c.level, "serving-loop time", c.active_power.value(), 1})),
      m_items(add_meter({"work_items", "1", c.level, "serving-loop steps done"})),
      m_tools(add_meter({"tools", "core-s", c.level, "other work's time on cores", c.core_power.value(), double(c.cores)})),
      m_bridged(add_meter({"bridged", "B", c.level, "data passed on between driver and ports"})) {
  // 64 bytes: what a root complex moves at once.
  const flow_channel::config bridge{c.port_bandwidth, c.mmio_latency, bytes::of(64), bytes{}, bytes{}};
  add_port("driver", 0, bridge);
  for (unsigned i = 0; i < c.ports; ++i)
    add_port("port", i, bridge);
  set_static_power(c.idle_power);
  SC_METHOD(work);
  sensitive << m_work_done;
  dont_initialize();
}

void host_cpu::add_route(const address_range& range, const std::string& name, unsigned index) {
  const bool driver = name == "driver" && index == 0;
  if (!driver && (name != "port" || index >= m_port_count))
    throw std::invalid_argument(path() + " has no " + name + "[" + std::to_string(index) + "]");
  m_routes.add(range.base, range.size, driver ? 0 : index + 1);
}

void host_cpu::account(unsigned, std::uint64_t bytes, double) { m_bridged.amount += static_cast<double>(bytes); }

void host_cpu::on_request(unsigned port, tlm_generic_payload& trans) {
  if (!m_window.contains(trans.get_address())) {
    cut_through_hop::on_request(port, trans);
    return;
  }
  trans.set_response_status(access_registers(trans));
  target(port).respond(trans);
}

void host_cpu::b_transport(unsigned port, tlm_generic_payload& trans, sc_core::sc_time& delay) {
  if (!m_window.contains(trans.get_address())) {
    cut_through_hop::b_transport(port, trans, delay);
    return;
  }
  if (trans.is_write() && delay != sc_core::SC_ZERO_TIME) { // work starts when the write arrives, not ahead of it
    sc_core::wait(delay);
    delay = sc_core::SC_ZERO_TIME;
  }
  trans.set_response_status(access_registers(trans));
}

unsigned host_cpu::transport_dbg(unsigned port, tlm_generic_payload& trans) {
  const std::uint64_t offset = trans.get_address() - m_window.base;
  if (!m_window.contains(trans.get_address()))
    return cut_through_hop::transport_dbg(port, trans);
  return trans.is_read() && read_register(offset, trans.get_data_length(), trans.get_data_ptr()) ? trans.get_data_length() : 0;
}

bool host_cpu::read_register(std::uint64_t offset, unsigned length, void* to) const {
  if (length != sizeof(std::uint64_t) || (offset != registers::completed && offset != registers::pending))
    return false;
  const std::uint64_t value = offset == registers::completed ? m_completed : m_work.pending();
  std::memcpy(to, &value, sizeof value);
  return true;
}

tlm::tlm_response_status host_cpu::access_registers(tlm_generic_payload& trans) {
  const std::uint64_t offset = trans.get_address() - m_window.base;
  if (trans.get_byte_enable_ptr())
    return tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE;
  if (trans.get_command() == tlm::TLM_IGNORE_COMMAND)
    return tlm::TLM_OK_RESPONSE;
  if (trans.is_read())
    return read_register(offset, trans.get_data_length(), trans.get_data_ptr()) ? tlm::TLM_OK_RESPONSE
                                                                               : tlm::TLM_ADDRESS_ERROR_RESPONSE;
  if (offset != registers::work)
    return tlm::TLM_ADDRESS_ERROR_RESPONSE;
  if (trans.get_data_length() != sizeof(work_item) || trans.get_streaming_width() < sizeof(work_item))
    return tlm::TLM_BURST_ERROR_RESPONSE;
  work_item item;
  std::memcpy(&item, trans.get_data_ptr(), sizeof item);
  const unsigned out = m_routes.port(item.signal_address);
  if (out == nowhere || !initiator(out).bound())
    return tlm::TLM_ADDRESS_ERROR_RESPONSE;
  m_work.push(now(), item);
  schedule_work();
  return tlm::TLM_OK_RESPONSE;
}

void host_cpu::work() {
  while (m_work.next() <= now()) {
    const work_item done = m_work.pop();
    ++m_completed;
    const double seconds = to_seconds(m_work.duration_of(done));
    m_busy.amount += seconds;
    m_busy.busy_s += seconds;
    m_items.amount += 1;
    signal(done);
  }
  schedule_work();
}

void host_cpu::schedule_work() {
  if (const femtoseconds next = m_work.next(); next != never)
    m_work_done.notify(to_sc_time(next - now()));
}

/// A store of the CPU itself: it enters the routed port directly, the device's link adds its own latency.
void host_cpu::signal(const work_item& done) {
  tlm_generic_payload& trans = m_payloads.stream_payload(tlm::TLM_WRITE_COMMAND, done.signal_address, {});
  std::memcpy(trans.get_data_ptr(), &done.signal_value, sizeof done.signal_value);
  trans.set_data_length(sizeof done.signal_value);
  trans.set_streaming_width(sizeof done.signal_value);
  m_signals.push_back(&trans);
  initiator(m_routes.port(done.signal_address)).send(trans);
}

void host_cpu::on_response(unsigned port, tlm_generic_payload& trans) {
  const auto own = std::find(m_signals.begin(), m_signals.end(), &trans);
  if (own == m_signals.end()) {
    cut_through_hop::on_response(port, trans);
    return;
  }
  m_signals.erase(own);
  if (trans.is_response_error())
    SC_REPORT_ERROR("strata/host", (path() + ": signal refused with " + trans.get_response_string()).c_str());
  trans.release();
}

const component_description& host_cpu::describe() {
  static const component_description d{
      "host_cpu",
      "Host CPU socket: bridge between software and devices, and the serving loop's work (schedule, sample, launch).",
      {{"driver", socket_kind::duplex, "1", false, "the software, or the traffic issuer"},
       {"port", socket_kind::duplex, "ports", false, "a device or the link to it"}},
      {{"busy", "s", "serving-loop time; a joule per watt of active_power"},
       {"work_items", "1", "serving-loop steps done"},
       {"tools", "core-s", "time of cores that run other work than the loop's; a joule per watt of core_power. Counted by who has it run"},
       {"bridged", "B", "data passed on between driver and ports"}},
      true,
      "A bridged request takes mmio_latency each way and shares port_bandwidth with the other data leaving by the same port. "
      "A work item written to the queue window is done first in, first out, on one thread: step_overhead + per_sequence * "
      "sequences + per_token * new_tokens; then its 8-byte signal is written. Writing and reading the queue's registers "
      "takes no time: they stand for the host's own memory.",
      {"caches and memory bandwidth of the CPU, and what tools on its cores take of them from the serving loop", "more than one serving-loop thread",
       "variation of step times (garbage collection, interrupts)"},
      "Against the closed form of its costs: exact. The costs themselves are estimates; no measurement of host time is held "
      "against them."};
  return d;
}

} // namespace strata::host
