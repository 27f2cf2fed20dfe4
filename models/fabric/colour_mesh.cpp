// SPDX-License-Identifier: Apache-2.0
// Wiring of routes into queues, and the calendar that moves words through them.
#include "models/fabric/colour_mesh.hpp"

#include "models/base/diagnostic.hpp"

#include <algorithm>

namespace strata::fabric {

colour_mesh::colour_mesh(const colour_mesh_config& c)
    : m_config(c), m_cores(c.width * c.height), m_first_queue(m_cores + 1), m_filled(m_cores),
      m_memory(m_cores), m_first_thread(m_cores + 1), m_due(2 * std::size_t{m_cores}) {}

std::uint32_t colour_mesh::neighbour(std::uint32_t router, unsigned port) const {
  const unsigned x = router % m_config.width, y = router / m_config.width;
  switch (port) {
  case west: return x > 0 ? router - 1 : nothing;
  case east: return x + 1 < m_config.width ? router + 1 : nothing;
  case north: return y > 0 ? router - m_config.width : nothing;
  default: return y + 1 < m_config.height ? router + m_config.width : nothing;
  }
}

void colour_mesh::set_route(std::uint32_t router, unsigned colour, const std::vector<switch_position>& positions) {
  const auto reject = [&](const std::string& what) {
    throw base::input_error({}, "route of colour " + std::to_string(colour) + " at core " + std::to_string(router) + ": " + what);
  };
  lane l{router, static_cast<std::uint8_t>(colour), 0, static_cast<std::uint8_t>(positions.size()), {}, {}, {}};
  if (router >= m_cores)
    reject("expected a core below " + std::to_string(m_cores));
  if (colour >= m_config.colours)
    reject("expected one of " + std::to_string(m_config.colours) + " colours");
  if (positions.empty() || positions.size() > l.at.size())
    reject(std::to_string(positions.size()) + " switch positions, expected 1 to " + std::to_string(l.at.size()));
  std::copy(positions.begin(), positions.end(), l.at.begin());
  for (const switch_position& s : positions)
    for (unsigned p = 0; p < core; ++p)
      if ((s.from == p || s.to & to_port(p)) && neighbour(router, p) == nothing)
        reject("leaves the mesh, expected links between its cores");
  m_lanes.push_back(l);
}

void colour_mesh::add_thread(std::uint32_t core, const std::vector<core_operation>& operations) {
  m_programs.emplace_back(core, operations);
}

std::uint32_t colour_mesh::make_queue(std::uint32_t lane_number, std::uint32_t producer, std::uint32_t consumer, unsigned port, unsigned room) {
  m_queues.push_back({lane_number, producer, consumer, static_cast<std::uint8_t>(port), 0, 0, static_cast<std::uint8_t>(room), 0});
  return static_cast<std::uint32_t>(m_queues.size() - 1);
}

void colour_mesh::wire() {
  const auto& t = m_config.timing;
  // A queue holds what arrives until its first credit is back, so that one word a cycle can pass.
  const unsigned link_room = m_config.queue_depth + t.hop_cycles, ramp_room = m_config.queue_depth + t.ramp_cycles + 1;
  m_room = std::max(link_room, ramp_room);
  m_calendar.resize(std::max(t.hop_cycles, t.ramp_cycles + 1) + 1);
  std::sort(m_lanes.begin(), m_lanes.end(), [](const lane& a, const lane& b) {
    return a.router != b.router ? a.router < b.router : a.colour < b.colour;
  });
  const auto find = [&](std::uint32_t router, unsigned colour) -> lane* {
    const auto it = std::lower_bound(m_lanes.begin(), m_lanes.end(), std::pair(router, colour), [](const lane& l, const auto& key) {
      return l.router != key.first ? l.router < key.first : l.colour < key.second;
    });
    return it != m_lanes.end() && it->router == router && it->colour == colour ? &*it : nullptr;
  };
  const auto reject = [](const lane& l, const std::string& what) {
    throw base::input_error({}, "route of colour " + std::to_string(l.colour) + " at core " + std::to_string(l.router) + ": " + what);
  };
  std::uint32_t router = 0;
  for (std::size_t i = 0; i < m_lanes.size(); ++i) { // queues that routers read
    lane& l = m_lanes[i];
    if (i > 0 && m_lanes[i - 1].router == l.router && m_lanes[i - 1].colour == l.colour)
      reject(l, "given twice, expected once");
    while (router <= l.router)
      m_first_queue[router++] = static_cast<std::uint32_t>(m_queues.size());
    l.queue.fill(nothing);
    l.next.fill(nothing);
    for (unsigned s = 0; s < l.positions; ++s) {
      const unsigned from = l.at[s].from;
      if (l.queue[from] != nothing)
        continue;
      const std::uint32_t producer = from == core ? m_cores + l.router : neighbour(l.router, from);
      l.queue[from] = make_queue(static_cast<std::uint32_t>(i), producer, l.router, from, from == core ? ramp_room : link_room);
      const std::uint32_t number = l.queue[from] - m_first_queue[l.router];
      if (number >= 64)
        reject(l, "more than 64 inputs of a router in use, expected fewer");
      m_queues[l.queue[from]].number = static_cast<std::uint8_t>(number);
    }
  }
  for (; router <= m_cores; ++router)
    m_first_queue[router] = static_cast<std::uint32_t>(m_queues.size());
  for (lane& l : m_lanes) // what lies behind their outputs
    for (unsigned s = 0; s < l.positions; ++s)
      for (unsigned to = 0; to < ports; ++to) {
        if (!(l.at[s].to & to_port(to)) || l.next[to] != nothing)
          continue;
        if (to == core) {
          l.next[to] = make_queue(nothing, l.router, m_cores + l.router, core, ramp_room);
          continue;
        }
        const lane* beyond = find(neighbour(l.router, to), l.colour);
        if (!beyond || beyond->queue[opposite(to)] == nothing)
          reject(l, "the next router does not take it in, expected a switch position for it");
        l.next[to] = beyond->queue[opposite(to)];
      }
  m_words.resize(m_queues.size() * m_room);
  std::stable_sort(m_programs.begin(), m_programs.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::uint32_t unit = 0;
  for (const auto& [number, program] : m_programs) {
    while (unit <= number)
      m_first_thread[unit++] = static_cast<std::uint32_t>(m_threads.size());
    const auto start = static_cast<std::uint32_t>(m_operations.size());
    thread th{number, start, start, 0};
    for (const core_operation& o : program) {
      const lane* in = o.in == core_operation::none ? nullptr : find(number, static_cast<unsigned>(o.in));
      const lane* out = o.out == core_operation::none ? nullptr : find(number, static_cast<unsigned>(o.out));
      if ((o.in != core_operation::none && (!in || in->next[core] == nothing)) ||
          (o.out != core_operation::none && (!out || out->queue[core] == nothing)))
        throw base::input_error({}, "program of core " + std::to_string(number) + ": uses a colour that has no route there");
      if (std::size_t{o.offset} + o.words > m_memory[number].size())
        throw base::input_error({}, "program of core " + std::to_string(number) + ": words beyond its memory");
      m_operations.push_back({in ? in->next[core] : nothing, out ? out->queue[core] : nothing, o.add, o.offset, o.words, o.after});
    }
    th.end = static_cast<std::uint32_t>(m_operations.size());
    ++m_running;
    next_operation(th);
    m_threads.push_back(th);
    wake(m_cores + number, 0);
  }
  for (; unit <= m_cores; ++unit)
    m_first_thread[unit] = static_cast<std::uint32_t>(m_threads.size());
}

void colour_mesh::wake(std::uint32_t unit, cycle at) {
  const auto slot = static_cast<unsigned>(at % m_calendar.size());
  if (m_due[unit] >> slot & 1)
    return;
  m_due[unit] |= 1u << slot;
  m_calendar[slot].push_back(unit);
}

void colour_mesh::push(std::uint32_t number, std::uint32_t value, bool last, cycle ready) {
  queue& q = m_queues[number];
  unsigned end = q.first + q.count++;
  if (end >= m_room)
    end -= m_room;
  m_words[std::size_t{number} * m_room + end] = {value, last, ready};
  --q.space;
  if (q.lane != nothing)
    m_filled[q.consumer] |= std::uint64_t{1} << q.number;
  wake(q.consumer, ready);
}

colour_mesh::word colour_mesh::pop(std::uint32_t number) {
  queue& q = m_queues[number];
  const word w = m_words[std::size_t{number} * m_room + q.first];
  q.first = static_cast<std::uint8_t>(q.first + 1u == m_room ? 0 : q.first + 1u);
  if (--q.count == 0 && q.lane != nothing)
    m_filled[q.consumer] &= ~(std::uint64_t{1} << q.number);
  m_freed.push_back(number);
  return w;
}

/// Moves the first word of a router's queue on, if it can go.
bool colour_mesh::move(queue& from, std::uint32_t number, std::uint32_t& used) {
  lane& l = m_lanes[from.lane];
  const switch_position s = l.at[l.position];
  if (s.from != from.port || used & s.to)
    return false;
  for (std::uint32_t m = s.to; m; m &= m - 1)
    if (m_queues[l.next[static_cast<unsigned>(__builtin_ctz(m))]].space == 0)
      return false;
  used |= s.to;
  const word w = pop(number);
  for (std::uint32_t m = s.to; m; m &= m - 1) {
    const auto to = static_cast<unsigned>(__builtin_ctz(m));
    m_hops += to != core;
    push(l.next[to], w.value, w.last, m_now + (to == core ? m_config.timing.ramp_cycles : m_config.timing.hop_cycles));
  }
  if (w.last && l.position + 1 < l.positions)
    ++l.position;
  return true;
}

bool colour_mesh::step_router(std::uint32_t router) {
  std::uint32_t used = 0;
  bool moved = false;
  for (std::uint64_t m = m_filled[router]; m; m &= m - 1) {
    const std::uint32_t number = m_first_queue[router] + static_cast<std::uint32_t>(__builtin_ctzll(m));
    if (front(number).ready <= m_now && move(m_queues[number], number, used))
      moved = true;
  }
  return moved && m_filled[router];
}

/// Past operations without words; notes a thread that is through.
void colour_mesh::next_operation(thread& t) {
  while (t.first != t.end && m_operations[t.first].words == 0)
    ++t.first;
  m_running -= t.first == t.end;
}

bool colour_mesh::step_thread(thread& t, bool& in_used, bool& out_used) {
  if (t.first == t.end)
    return false;
  const operation& o = m_operations[t.first];
  const thread& leader = m_threads[m_first_thread[t.core + 1] - 1];
  const bool takes = o.in != nothing, sends = o.out != nothing;
  if (leader.first - leader.start < o.after || (takes && (in_used || m_queues[o.in].count == 0 || front(o.in).ready > m_now)) ||
      (sends && (out_used || m_queues[o.out].space == 0)))
    return false;
  std::uint32_t& here = m_memory[t.core][o.offset + t.done];
  if (takes) {
    here = (o.add ? here : 0) + pop(o.in).value;
    ++m_received;
  }
  ++t.done;
  if (sends) {
    push(o.out, here, t.done == o.words, m_now + 1 + m_config.timing.ramp_cycles);
    ++m_sent;
  }
  in_used |= takes;
  out_used |= sends;
  if (t.done == o.words) {
    ++t.first;
    t.done = 0;
    next_operation(t);
  }
  m_end = m_now + 1;
  return true;
}

bool colour_mesh::step_core(std::uint32_t number) {
  bool in_used = false, out_used = false, moved = false;
  // What waits for the last thread's progress sees that of the cycles before.
  for (std::uint32_t t = m_first_thread[number]; t < m_first_thread[number + 1]; ++t)
    moved |= step_thread(m_threads[t], in_used, out_used);
  return moved;
}

cycle colour_mesh::run() {
  wire();
  std::vector<std::uint32_t> units;
  for (std::size_t idle = 0; idle < m_calendar.size(); ++m_now) {
    const auto slot = static_cast<unsigned>(m_now % m_calendar.size());
    units.clear();
    units.swap(m_calendar[slot]);
    idle = units.empty() ? idle + 1 : 0;
    for (const std::uint32_t unit : units) {
      m_due[unit] &= ~(1u << slot);
      if (unit < m_cores ? step_router(unit) : step_core(unit - m_cores))
        wake(unit, m_now + 1);
    }
    for (const std::uint32_t number : m_freed) {
      ++m_queues[number].space;
      wake(m_queues[number].producer, m_now + 1);
    }
    m_freed.clear();
  }
  if (m_running > 0)
    throw std::logic_error(std::to_string(m_running) + " programs wait for each other after " + std::to_string(m_end) + " cycles");
  return m_end;
}

std::size_t colour_mesh::footprint() const {
  const auto bytes = [](const auto& v) { return v.capacity() * sizeof(v[0]); };
  return bytes(m_lanes) + bytes(m_queues) + bytes(m_words) + bytes(m_first_queue) + bytes(m_filled) +
         bytes(m_memory) + bytes(m_first_thread) + bytes(m_due);
}

} // namespace strata::fabric
