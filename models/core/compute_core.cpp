// SPDX-License-Identifier: Apache-2.0
// Sockets, registers and inbox of the compute core; execution.cpp and collectives.cpp hold what
// its lanes do.
#include "models/core/compute_core.hpp"

#include "models/core/array_policy.hpp"
#include "models/core/tensor_policy.hpp"
#include "models/core/wafer_policy.hpp"

#include <algorithm>
#include <cstring>

namespace strata::core {

using base::component_description;
using base::socket_kind;
using tlm::tlm_generic_payload;

namespace {
bool well_formed(const command& c) {
  return c.op <= last_opcode && static_cast<unsigned>(c.compute) < data_type_count &&
         c.operand_count <= max_operands && (c.op != opcode::wait || c.m < registers::semaphore_count) &&
         (!is_collective(c.op) ||
          (c.group < registers::group_count && c.n <= static_cast<unsigned>(last_collective_algorithm))) &&
         (c.op != opcode::signal || c.operand_count > 0);
}
} // namespace

const component_description& compute_core::describe() {
  static const component_description d = [] {
    component_description known{
      "compute_core",
      "Executes queued GEMM, attention, element-wise, copy, collective and synchronisation commands.",
      {
          {"host", socket_kind::duplex, "1", true, "control registers and queue windows in; completion signals out"},
          {"memory", socket_kind::initiator, "memory_ports", true, "operand streams"},
          {"fabric", socket_kind::duplex, "fabric_ports", false,
           "scale-up fabric: collectives and copies out; inbox, and access to this device's memories, in"},
      },
      {
          {"matrix.<type>", "FLOP", "useful operations on the matrix engines by native type"},
          {"vector", "FLOP", "operations on the vector engines"},
          {"fabric_hops", "B", "on-chip fabric traffic, bytes times hops (wafer)"},
          {"fabric", "B", "on-chip fabric traffic, bytes that cores sent, a multicast counted once (wafer)"},
          {"cache", "B", "operands served by the last-level cache"},
          {"commands", "1", "commands completed; busy time is lane time"},
          {"active", "s", "time in which commands run, by share of the lanes"},
          {"collective", "B", "exchanged in collectives, flags of low-latency protocols included"},
          {"poisoned", "B", "operand bytes that memories delivered with errors beyond correction; the work goes on"},
          {"asked.<port>", "B", "bytes asked of each memory socket and of the fabric"},
      },
      true,
      "A command pays its launch latency, then requests all operands at once as streams; the engines start after the "
      "fill latency and run concurrently. It ends when both the engines and the last stream (plus drain) are done. "
      "tensor: output tiles in waves over units; a step of a tile's loop over K takes the longest of multiplying, "
      "fetching operands through the cache and the dependency between steps, block scales on top; stores overlap the "
      "next tile; tile shape and split K are those of the shortest time; the clock is what the power limit leaves, "
      "power going with its cube, and so is the rate of operand streams. The cache keeps what was used last, by address range; operands that a wave of "
      "tiles meets again after the cache has lost them are read from memory again. "
      "Decode attention is items of one sequence, key head and part of the keys, in waves "
      "over units; each is a dependent chain (a latency, and one per element of the head), long sequences are split as "
      "the kernel library splits them and combined at the cost of one more chain. A prompt's attention is causal tiles "
      "of 128 query rows and blocks of 128 or 256 keys, products and exponentials in turn. Rotation and cache write are "
      "an element-wise command ahead, folded away where decode kernels do it. wafer: a lane is a rectangle of the "
      "mesh; multicast along its columns, multiply-accumulate in place, reduction along its rows by base::cost_of(); "
      "attention with positions across the columns and heads down the rows; further tokens follow at the rate of the "
      "busiest resource. systolic: tiles of weights lie in arrays of rows x columns, the rows of the other operand flow "
      "through; loading the next tile hides behind them where there are two buffers; attention is two such products with "
      "keys and values as weights, soft-max beside them. scheduled: the same arrays, operators a fixed number of whole "
      "cycles apart, operands from SRAM, no cache. "
      "Collectives: a plan of phases (see collective_plan.hpp), each of writes to peers over the fabric, flags behind them "
      "and a pass over what arrived; the algorithm and protocol that would be fastest are chosen by size. One in the background "
      "runs beside its lane's next commands.",
      {"reads and writes of a collective's own data in the local memory",
       "units and cache that a collective in the background takes from what runs beside it", "overlap of other consecutive commands in a lane",
       "instruction fetch", "cache conflicts by address",
       "decode attention over sequences of unequal length (they count as alike)", "speculative trees",
       "uneven experts and partial sums between arrays (systolic, scheduled)",
       "keys that a prompt's tiles re-read beyond the cache", "clock changes with temperature"},
      "GEMMs (tensor), mean absolute error through the simulator: H100 9.7 % (bf16 10.2, fp8 6.9, fp8_block 12.6; 6,000 "
      "kernels), B200 10.3 % (bf16 12.6, fp8 8.1, fp8_block 9.7, nvfp4 10.9; 4,020). Constants were calibrated on half of "
      "the rows; the other half is as good within 0.5 %, but tile rules and structure were chosen with all rows in sight. "
      "Twelve constants of a generation are fitted, docs/accuracy.md lists them and the error without each. Grouped GEMMs, "
      "wafers and arrays are not yet held against kernel measurements. Collectives (all-reduce by TensorRT-LLM; all-reduce, all-gather, reduce-scatter, "
      "all-to-all by NCCL; 2, 4 and 8 GPUs, 256 B to 1 GB): mean absolute error below 10 % on 573 measured on an H100 and "
      "266 on a B200; constants of the generation and six of the library were fitted on half of them, the other half is "
      "as close. Attention (tensor): decode 14.8 % on 4,000 H100 kernels and 13.8 % on 2,052 of a B200, prompts 11.4 % on "
      "4,000 H100 kernels. Latencies of an item, of an 8-bit decode item and of an element of the head were fitted on half "
      "of the rows; after launch latencies moved, Blackwell's "
      "item latency and number of set-up kernels were set anew with all rows in view, as structure and the numbers of the "
      "kernel libraries were from the start: these are not errors on unseen data. Latent "
      "attention is not held against measurements.",
    };
    for (unsigned i = 0; i < time_part_count; ++i)
      known.meters.push_back({std::string("time.") + core::describe(time_part(i)).name, "s",
                              std::string("lane time: ") + core::describe(time_part(i)).text});
    return known;
  }();
  return d;
}

compute_core::compute_core(sc_core::sc_module_name name, const config& c)
    : sc_core::sc_module(name), m_config(c), m_host_in("host_in", host_in, *this), m_lanes(2 * c.max_lanes),
      m_resident(static_cast<std::uint64_t>(c.cache_capacity.value() * c.cache_share)) {
  switch (c.kind) {
  case architecture::tensor: m_policy = std::make_unique<tensor_policy>(m_config); break;
  case architecture::wafer: m_policy = std::make_unique<wafer_policy>(m_config); break;
  case architecture::systolic: m_policy = std::make_unique<systolic_policy>(m_config); break;
  case architecture::scheduled: m_policy = std::make_unique<scheduled_policy>(m_config); break;
  }
  base::target_handler& requests = *this;
  base::initiator_handler& responses = *this;
  for (unsigned i = 0; i < c.memory_ports; ++i) {
    m_out.push_back(std::make_unique<base::initiator_port>(("memory_" + std::to_string(i)).c_str(), i, responses));
    expose_initiator("memory", i, m_out.back()->socket);
  }
  m_out.push_back(nullptr);
  if (c.fabric_ports) {
    m_out.back() = std::make_unique<base::initiator_port>("fabric_out", fabric_out(), responses);
    m_fabric_in = std::make_unique<base::target_port>("fabric_in", fabric_in, requests);
    expose_initiator("fabric", 0, m_out.back()->socket);
    expose_target("fabric", 0, m_fabric_in->socket);
  }
  m_out.push_back(std::make_unique<base::initiator_port>("host_out", host_out(), responses));
  expose_initiator("host", 0, m_out.back()->socket);
  expose_target("host", 0, m_host_in.socket);

  const std::string& level = m_config.level;
  for (unsigned t = 0; t < data_type_count; ++t)
    if (c.rate[t].value() > 0)
      m_matrix[t] = &add_meter({std::string("matrix.") + name_of(static_cast<data_type>(t)), "FLOP", level, "useful matrix operations",
                                c.flop_energy[t].value(), c.rate[t].value()});
  m_vector = &add_meter({"vector", "FLOP", level, "vector operations", c.vector_energy.value(), c.vector_rate.value()});
  m_fabric_hops = &add_meter({"fabric_hops", "B", "on-chip fabric", "bytes times hops", c.hop_energy.value() * 8});
  m_fabric = &add_meter({"fabric", "B", "on-chip fabric", "bytes sent by cores", c.word_energy.value() * 8});
  m_cache = &add_meter({"cache", "B", "cache", "operands served by the cache", c.cache_energy.value() * 8,
                        c.cache_capacity.value() > 0 ? c.cache_bandwidth.value() : 0});
  m_commands = &add_meter({"commands", "1", level, "commands completed"});
  m_active = &add_meter({"active", "s", level, "time in which commands run, by share of the lanes", c.active_power.value()});
  m_poisoned = &add_meter({"poisoned", "B", level, "operand bytes with errors beyond correction"});
  m_collective = &add_meter({"collective", "B", level, "collective payload sent"});
  for (unsigned i = 0; i < time_part_count; ++i) {
    const time_part_description part = core::describe(time_part(i));
    m_time[i] = &add_meter({std::string("time.") + part.name, "s", level, part.text});
  }
  for (unsigned i = 0; i < c.memory_ports; ++i)
    m_asked.push_back(&add_meter({"asked.memory[" + std::to_string(i) + "]", "B", level, "bytes asked"}));
  m_asked.push_back(&add_meter({"asked.fabric", "B", level, "bytes asked"}));
  set_static_power(c.static_power);

  SC_METHOD(step);
  sensitive << m_wake;
  dont_initialize();
}

void compute_core::add_route(const base::address_range& range, const std::string& socket, unsigned index) {
  const unsigned port = socket == "memory" ? index : socket == "fabric" ? fabric_out() : host_out();
  m_routes.add(range.base, range.size, port);
}

void compute_core::set_base(const std::string& socket, std::uint64_t address) {
  if (socket == "fabric")
    m_inbox = {address, inbox_bytes};
  else
    m_control.base = address;
}

bool compute_core::own_window(std::uint64_t address) const {
  return m_control.contains(address) || m_inbox.contains(address);
}

base::initiator_port* compute_core::route(std::uint64_t address) {
  const unsigned port = m_routes.port(address);
  return port == base::address_decoder::unmapped ? nullptr : m_out[port].get();
}

void compute_core::on_request(unsigned port, tlm_generic_payload& trans) {
  base::target_port& origin = port == host_in ? m_host_in : *m_fabric_in;
  const std::uint64_t address = trans.get_address();
  if (own_window(address)) {
    access_registers(trans);
    origin.respond(trans);
  } else if (base::initiator_port* out = route(address)) {
    m_in_flight.push_back({&trans, forwarded, &origin});
    out->send(trans);
  } else {
    trans.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    origin.respond(trans);
  }
}

void compute_core::on_response(unsigned port, tlm_generic_payload& trans) {
  const auto it = std::find_if(m_in_flight.begin(), m_in_flight.end(),
                               [&trans](const in_flight& f) { return f.trans == &trans; });
  if (it == m_in_flight.end()) {
    SC_REPORT_FATAL("strata/core", (path() + ": response to a request it never sent").c_str());
    return;
  }
  const in_flight f = *it;
  m_in_flight.erase(it);
  if (f.lane == forwarded) {
    f.origin->respond(trans);
    return;
  }
  if (const std::uint64_t poisoned = base::poisoned_bytes(trans)) {
    if (m_poisoned->amount == 0)
      SC_REPORT_WARNING("strata/core", (path() + ": memory errors beyond correction from 0x" +
                                        sc_dt::sc_uint<64>(trans.get_address()).to_string(sc_dt::SC_HEX_US) +
                                        " on; meter 'poisoned' counts them all").c_str());
    m_poisoned->amount += static_cast<double>(poisoned);
  } else if (!trans.is_response_ok())
    SC_REPORT_ERROR("strata/core", (path() + ": access to 0x" + sc_dt::sc_uint<64>(trans.get_address()).to_string(sc_dt::SC_HEX_US) +
                                    " failed: " + trans.get_response_string()).c_str());
  trans.release();
  if (f.lane != posted)
    operands_done(static_cast<unsigned>(f.lane), port < m_config.memory_ports ? time_part::memory : time_part::link);
}

void compute_core::b_transport(unsigned, tlm_generic_payload& trans, sc_core::sc_time& delay) {
  if (own_window(trans.get_address()))
    access_registers(trans);
  else if (base::initiator_port* out = route(trans.get_address()))
    out->socket->b_transport(trans, delay);
  else
    trans.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
}

unsigned compute_core::transport_dbg(unsigned, tlm_generic_payload& trans) {
  const std::uint64_t offset = trans.get_address() - m_control.base;
  if (offset < registers::queues && trans.is_read() && trans.get_data_length() == 8) {
    const std::uint64_t value = read_register(offset);
    std::memcpy(trans.get_data_ptr(), &value, sizeof value);
    return 8;
  }
  base::initiator_port* out = own_window(trans.get_address()) ? nullptr : route(trans.get_address());
  return out ? out->socket->transport_dbg(trans) : 0;
}

void compute_core::access_registers(tlm_generic_payload& trans) {
  if (trans.get_byte_enable_ptr()) {
    trans.set_response_status(tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE);
    return;
  }
  trans.set_response_status(tlm::TLM_OK_RESPONSE);
  const std::uint64_t offset = trans.get_address() - m_control.base;
  if (!m_control.contains(trans.get_address())) {
    access_inbox(trans);
  } else if (trans.is_write()) {
    write_register(offset, trans);
  } else if (trans.is_read()) {
    if (trans.get_data_length() != 8 || offset >= registers::groups) {
      trans.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
      return;
    }
    const std::uint64_t value = read_register(offset);
    std::memcpy(trans.get_data_ptr(), &value, sizeof value);
  }
}

std::uint64_t compute_core::read_register(std::uint64_t offset) const {
  switch (offset) {
  case registers::id: return registers::id_value;
  case registers::version: return registers::version_value;
  case registers::lanes: return m_active_lanes;
  case registers::lane_limit: return m_config.max_lanes;
  case registers::queue_depth: return m_config.queue_depth;
  case registers::completed: return m_completed;
  case registers::busy_lanes:
    return static_cast<std::uint64_t>(
        std::count_if(m_lanes.begin(), m_lanes.end(), [](const lane& l) { return l.at != stage::idle; }));
  default: break;
  }
  if (offset >= registers::semaphores && offset < registers::semaphores + 8 * registers::semaphore_count)
    return m_semaphores[(offset - registers::semaphores) / 8];
  if (offset >= registers::queue_free && offset < registers::queue_free + 8 * m_active_lanes)
    return m_config.queue_depth - m_lanes[(offset - registers::queue_free) / 8].queue.size();
  return 0;
}

void compute_core::write_register(std::uint64_t offset, tlm_generic_payload& trans) {
  const unsigned length = trans.get_data_length();
  const unsigned char* data = trans.get_data_ptr();
  std::uint64_t word = 0;
  std::memcpy(&word, data, std::min<std::size_t>(length, sizeof word));
  const auto refuse = [&trans] { trans.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE); };

  if (offset >= registers::queues) {
    const unsigned number = static_cast<unsigned>((offset - registers::queues) / registers::queue_stride);
    const std::size_t count = length / sizeof(command);
    if (number >= m_active_lanes || count == 0 || length % sizeof(command) ||
        m_lanes[number].queue.size() + count > m_config.queue_depth)
      return refuse();
    const auto at = [data](std::size_t i) {
      command c;
      std::memcpy(&c, data + i * sizeof c, sizeof c);
      return c;
    };
    for (std::size_t i = 0; i < count; ++i)
      if (!well_formed(at(i)))
        return refuse();
    lane& l = m_lanes[number];
    for (std::size_t i = 0; i < count; ++i)
      l.queue.push_back(at(i));
    if (l.at == stage::idle)
      next_command(number);
  } else if (offset >= registers::groups) {
    const std::uint64_t number = (offset - registers::groups) / registers::group_stride;
    group_header header;
    if (number >= registers::group_count || length < sizeof header)
      return refuse();
    std::memcpy(&header, data, sizeof header);
    if (length != sizeof header + header.listed * sizeof(group_member))
      return refuse();
    collective_group& g = m_groups[number];
    g.header = header;
    g.members.resize(header.listed);
    std::memcpy(g.members.data(), data + sizeof header, header.listed * sizeof(group_member));
  } else if (offset >= registers::semaphores && offset < registers::semaphores + 8 * registers::semaphore_count) {
    raise_semaphore(static_cast<unsigned>((offset - registers::semaphores) / 8), word);
  } else if (offset == registers::lanes) {
    const bool idle = std::all_of(m_lanes.begin(), m_lanes.end(), [](const lane& l) { return l.at == stage::idle; });
    if (!idle || word < 1 || word > m_config.max_lanes)
      return refuse();
    m_active_lanes = static_cast<unsigned>(word);
  } else {
    refuse();
  }
}

void compute_core::access_inbox(tlm_generic_payload& trans) {
  const std::uint64_t offset = trans.get_address() - m_inbox.base;
  if (offset >= inbox::semaphores) {
    if (!trans.is_write()) {
      trans.set_response_status(tlm::TLM_COMMAND_ERROR_RESPONSE);
      return;
    }
    std::uint64_t word = 0;
    std::memcpy(&word, trans.get_data_ptr(), std::min<std::size_t>(trans.get_data_length(), sizeof word));
    const std::uint64_t index = (offset - inbox::semaphores) / 8;
    if (index < registers::semaphore_count)
      raise_semaphore(static_cast<unsigned>(index), word);
    else
      trans.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
  } else {
    const std::uint64_t number = offset / inbox::arrival_stride;
    const auto* ext = trans.get_extension<base::stream_extension>();
    if (!trans.is_write() || (ext && ext->value.bytes))
      return; // payload: the plain write behind it says that it is complete
    std::uint64_t messages = 0;
    if (trans.get_data_length() != sizeof messages) {
      trans.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
      return;
    }
    std::memcpy(&messages, trans.get_data_ptr(), sizeof messages);
    m_groups[number].arrived[offset / 8 % inbox::phase_slots] += messages;
    check_arrivals(static_cast<unsigned>(number));
  }
}

} // namespace strata::core
