// SPDX-License-Identifier: Apache-2.0
// What the lanes of a compute core do: take a command, launch, stream operands while the engines work, finish.
#include "models/core/compute_core.hpp"

#include <algorithm>
#include <array>
#include <iterator>

namespace strata::core {

using base::femtoseconds;
using base::now;
using base::to_femtoseconds;

void compute_core::arm(unsigned number, femtoseconds due) {
  m_timers.push({due, m_timer_order++, number});
  m_wake.notify(base::to_sc_time(m_timers.top().due - now()));
}

void compute_core::step() {
  const femtoseconds at = now();
  while (!m_timers.empty() && m_timers.top().due <= at) {
    const unsigned number = m_timers.top().lane;
    m_timers.pop();
    if (m_lanes[number].at == stage::launching)
      launch(number);
    else
      finish(number);
  }
  if (!m_timers.empty())
    m_wake.notify(base::to_sc_time(m_timers.top().due - at));
}

void compute_core::next_command(unsigned number) {
  lane& l = m_lanes[number];
  if (l.queue.empty()) {
    l.at = stage::idle;
    return;
  }
  l.current = l.queue.front();
  l.queue.pop_front();
  begin(number);
}

/// Collectives of a lane follow each other; a wait is where it takes what the one in the background has brought.
bool compute_core::waits_for_background(unsigned number) const {
  const opcode op = m_lanes[number].current.op;
  return number < m_config.max_lanes && (is_collective(op) || op == opcode::wait) && m_lanes[background_of(number)].at != stage::idle;
}

/// What a lane has waited for it is time on the links.
void compute_core::background_done(unsigned number) {
  lane& l = m_lanes[number];
  if (l.at != stage::waiting)
    return;
  const double waited = base::to_seconds(now() - l.started);
  m_time[unsigned(time_part::link)]->amount += waited;
  m_commands->busy_s += waited;
  m_active->amount += waited / m_active_lanes;
  begin(number);
}

void compute_core::begin(unsigned number) {
  lane& l = m_lanes[number];
  const command& c = l.current;
  l.started = now();
  if (waits_for_background(number) || (c.op == opcode::wait && m_semaphores[c.m] < c.work)) {
    l.at = stage::waiting;
    return;
  }
  if (is_collective(c.op) && c.flags & background && number < m_config.max_lanes) {
    lane& beside = m_lanes[background_of(number)];
    beside.current = c;
    beside.started = now();
    begin_collective(background_of(number));
    l.plan = {};
    l.at = stage::idle;
    next_command(number);
    return;
  }
  if (c.op == opcode::nop || c.op == opcode::wait || c.op == opcode::signal) {
    if (c.op == opcode::signal)
      signal(number);
    // Synchronisation is free for the lane; going through the calendar keeps long command lists off the stack.
    l.plan = {};
    l.at = stage::finishing;
    arm(number, l.started);
    return;
  }
  if (is_collective(c.op)) {
    begin_collective(number);
    return;
  }
  l.plan = m_policy->plan(c, m_active_lanes);
  l.at = stage::launching;
  arm(number, l.started + l.plan.launch);
}

void compute_core::launch(unsigned number) {
  lane& l = m_lanes[number];
  l.at = stage::streaming;
  if (is_collective(l.current.op)) {
    send_phase(number);
    return;
  }
  l.streams_part = time_part::memory;
  l.engines_end = now() + l.plan.fill + l.plan.engine.total();
  l.streams_end = 0;
  request_operands(number);
}

/// The cache answers for what it holds of the operands that are read, and takes results that a following command
/// consumes. Large streams pass through it, small operands are met by every tile and stay: so the largest count as
/// the least recently used ones of their command.
void compute_core::request_operands(unsigned number) {
  lane& l = m_lanes[number];
  const command& c = l.current;
  double cached = 0, missed = l.plan.read_again;
  l.drain = 0;
  l.outstanding = 1; // this function itself, so that early completions do not end the command half requested
  std::array<unsigned, max_operands> by_size; // largest first
  unsigned used = 0;
  for (unsigned i = 0; i < c.operand_count; ++i) {
    const operand& o = c.operands[i];
    if (o.bytes == 0 || c.use[i] == operand_use::none)
      continue;
    unsigned place = used++;
    for (; place > 0 && c.operands[by_size[place - 1]].bytes < o.bytes; --place)
      by_size[place] = by_size[place - 1];
    by_size[place] = i;
    const bool write = c.use[i] != operand_use::read;
    std::uint64_t hit = 0;
    if (!write)
      hit = m_resident.hits(o.address, o.bytes);
    else if (c.use[i] == operand_use::write_activation && o.bytes <= m_resident.capacity())
      hit = o.bytes;
    cached += static_cast<double>(hit);
    if (hit == o.bytes)
      continue;
    l.drain = l.plan.drain;
    missed += static_cast<double>(o.bytes - hit);
    request(static_cast<int>(number), write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND, o.address, o.bytes - hit,
            l.plan.operand_rate);
  }
  if (l.plan.read_again >= 1) {
    const unsigned* largest = std::find_if(by_size.data(), by_size.data() + used, [&c](unsigned i) { return c.use[i] == operand_use::read; });
    auto left = largest == by_size.data() + used ? 0 : static_cast<std::uint64_t>(l.plan.read_again);
    while (left > 0) {
      const operand& o = c.operands[*largest];
      const std::uint64_t size = std::min(left, o.bytes);
      request(static_cast<int>(number), tlm::TLM_READ_COMMAND, o.address, size, l.plan.operand_rate);
      left -= size;
    }
  }
  for (unsigned i = 0; i < used && m_resident.capacity() > 0; ++i)
    m_resident.touch(c.operands[by_size[i]].address, c.operands[by_size[i]].bytes);
  l.power_until = l.plan.stream_rate > 0 ? now() + base::time_for(missed, l.plan.stream_rate) : 0;
  if (cached > 0) {
    m_cache->amount += cached;
    const femtoseconds t = base::time_for(cached, m_config.cache_bandwidth.value());
    m_cache->busy_s += base::to_seconds(t);
    if (now() + t > l.streams_end) {
      l.streams_end = now() + t;
      l.streams_part = time_part::l2;
    }
  }
  operands_done(number, time_part::memory);
}

/// A stream that lane `waiting` waits for, or `posted`.
void compute_core::request(int waiting, tlm::tlm_command command, std::uint64_t address, std::uint64_t bytes,
                           double rate_limit) {
  const unsigned port = m_routes.port(address);
  if (port == base::address_decoder::unmapped || !m_out[port]) {
    SC_REPORT_ERROR("strata/core", (path() + ": no socket leads to address " + std::to_string(address)).c_str());
    return;
  }
  base::stream s;
  s.bytes = bytes;
  s.rate_limit = rate_limit;
  tlm::tlm_generic_payload& trans = m_pool.stream_payload(command, address, s);
  m_asked[std::min<std::size_t>(port, m_asked.size() - 1)]->amount += static_cast<double>(bytes);
  if (waiting != posted)
    ++m_lanes[static_cast<unsigned>(waiting)].outstanding;
  m_in_flight.push_back({&trans, waiting, nullptr});
  m_out[port]->send(trans);
}

/// One of the streams of a lane, or of what else it waits for, is done: it went through a `part` of the device.
void compute_core::operands_done(unsigned number, time_part part) {
  lane& l = m_lanes[number];
  if (now() > l.streams_end) {
    l.streams_end = now();
    l.streams_part = part;
  }
  if (--l.outstanding > 0)
    return;
  if (is_collective(l.current.op)) {
    if (l.collective.plan.fenced)
      send_flags(number);
    check_arrivals(l.current.group);
    return;
  }
  l.at = stage::finishing;
  const femtoseconds end = std::max({l.engines_end, l.streams_end + l.drain, l.power_until}) + l.plan.combine;
  arm(number, std::max(end, now()));
}

/// What a command's lane time went to: the parts of whichever ended last, engines or streams, and what the power limit adds.
void compute_core::count_time(const lane& l) {
  const execution_plan& p = l.plan;
  time_split spent = p.engine;
  spent[time_part::fill] += p.fill;
  const femtoseconds launched = l.started + p.launch;
  if (l.engines_end < l.streams_end + l.drain) {
    spent = {};
    spent[l.streams_part] = l.streams_end - launched;
    // A GEMM's operands ramp up; of attention's, the last item's chain remains.
    spent[l.current.op == opcode::attention ? time_part::latency : time_part::memory] += l.drain;
  }
  const femtoseconds reached = std::max(l.engines_end, l.streams_end + l.drain);
  spent[time_part::power] += l.power_until - std::min(l.power_until, reached);
  spent[time_part::combine] += p.combine;
  if (p.as_whole) {
    const femtoseconds all = spent.total();
    spent = {};
    spent[*p.as_whole] = all;
  }
  spent[time_part::launch] += p.launch;
  for (unsigned i = 0; i < time_part_count; ++i)
    m_time[i]->amount += base::to_seconds(spent[time_part(i)]);
}

/// The command that ends now, to whoever watches.
void compute_core::tell(unsigned number) const {
  const lane& l = m_lanes[number];
  const command& c = l.current;
  std::uint64_t bytes = 0;
  for (unsigned i = 0; i < c.operand_count; ++i)
    bytes += c.operands[i].bytes;
  const base::activity_argument arguments[] = {{"m", c.m}, {"n", c.n}, {"k", c.k}, {"batch", c.batch}, {"context", c.context},
                                               {"work", c.work}, {"operand bytes", bytes}, {"launch ns", l.plan.launch / 1'000'000}};
  on_activity({name_of(c.op), number, l.started, now(), arguments, std::size(arguments)});
}

void compute_core::finish(unsigned number) {
  lane& l = m_lanes[number];
  const command& c = l.current;
  if (is_collective(c.op) && !collective_finished(number))
    return;
  ++m_completed;
  m_commands->amount += 1;
  const double elapsed = base::to_seconds(now() - l.started);
  const bool works = c.op != opcode::wait && c.op != opcode::signal && c.op != opcode::nop;
  const bool engaged = works && !(c.flags & background);
  if (works && on_activity)
    tell(number);
  if (engaged) {
    m_commands->busy_s += elapsed;
    m_active->amount += elapsed * share_of(l);
  }
  if (is_collective(c.op)) {
    if (engaged)
      count_collective(l);
  } else if (works) {
    if (engaged)
      count_time(l);
    const double engine = base::to_seconds(l.plan.engine.total()) * share_of(l);
    if (l.plan.matrix_flop > 0) {
      base::meter* m = m_matrix[static_cast<unsigned>(m_config.native(c.compute))];
      if (m) {
        m->amount += l.plan.matrix_flop;
        m->busy_s += l.plan.multiply ? base::to_seconds(l.plan.multiply) * share_of(l) : engine;
      }
    }
    if (l.plan.vector_flop > 0) {
      m_vector->amount += l.plan.vector_flop;
      m_vector->busy_s += engine;
    }
    m_fabric_hops->amount += l.plan.fabric_byte_hops;
    m_fabric->amount += l.plan.fabric_bytes;
  }
  next_command(number);
  if (number >= m_config.max_lanes)
    background_done(number - m_config.max_lanes);
}

void compute_core::signal(unsigned number) {
  const command& c = m_lanes[number].current;
  const std::uint64_t address = c.operands[0].address;
  if (m_inbox.contains(address) || m_control.contains(address)) {
    const std::uint64_t offset = m_inbox.contains(address) ? address - m_inbox.base - inbox::semaphores
                                                           : address - m_control.base - registers::semaphores;
    raise_semaphore(static_cast<unsigned>(offset / 8 % registers::semaphore_count), c.work);
    return;
  }
  post(address, c.work, false);
}

/// Writes a word without waiting; `ordered`: behind the earlier writes to the same address.
void compute_core::post(std::uint64_t address, std::uint64_t value, bool ordered) {
  base::initiator_port* out = route(address);
  if (!out) {
    SC_REPORT_ERROR("strata/core", (path() + ": no socket leads to address " + std::to_string(address)).c_str());
    return;
  }
  tlm::tlm_generic_payload& trans = m_pool.word_payload(address, value);
  trans.get_extension<base::stream_extension>()->ordered = ordered;
  m_in_flight.push_back({&trans, posted, nullptr});
  out->send(trans);
}

void compute_core::raise_semaphore(unsigned index, std::uint64_t value) {
  m_semaphores[index] = std::max(m_semaphores[index], value);
  for (unsigned i = 0; i < m_active_lanes; ++i) {
    lane& l = m_lanes[i];
    if (l.at == stage::waiting && l.current.op == opcode::wait && l.current.m == index && m_semaphores[index] >= l.current.work)
      begin(i);
  }
}

} // namespace strata::core
