// SPDX-License-Identifier: Apache-2.0
// One cycle of the packet mesh: arrivals, injection, then channel and switch allocation of the routers with work.
#include "models/fabric/packet_mesh.hpp"

#include <algorithm>

namespace strata::fabric {
namespace {

constexpr unsigned most_requests = 5 * packet_mesh_config::most_vcs;

/// First set bit of `mask` (not 0) at or after `from`, else the first of all.
unsigned turn(std::uint32_t mask, unsigned from) {
  const std::uint32_t later = from < 32 ? mask >> from << from : 0;
  return static_cast<unsigned>(__builtin_ctz(later ? later : mask));
}

} // namespace

packet_mesh::packet_mesh(const packet_mesh_config& c) : m_config(c), m_traversal(c.traversal_cycles()), m_shift(c.vcs > 1 ? 32 - static_cast<unsigned>(__builtin_clz(c.vcs - 1)) : 0) {
  const std::uint32_t nodes = c.nodes(), inputs = nodes * ports, outputs = inputs + nodes;
  m_waiting.resize(inputs);
  m_assigned.resize(inputs);
  m_switch_accept.resize(inputs);
  m_vc_turn.resize(inputs);
  m_upstream.resize(inputs, nothing);
  m_held.resize(outputs);
  m_switch_grant.resize(inputs);
  m_downstream.resize(outputs, nothing);
  const std::size_t channels = std::size_t{inputs} << m_shift;
  m_flits.resize(channels * c.vc_depth);
  for (auto* bytes : {&m_first, &m_count, &m_out_port, &m_out_vc, &m_channel_accept})
    bytes->resize(channels);
  m_credits.resize(std::size_t{outputs} << m_shift, static_cast<std::uint16_t>(c.vc_depth));
  m_channel_grant.resize(channels);
  m_cores.resize(nodes);
  m_awake.resize(nodes);
  for (std::uint32_t n = 0; n < nodes; ++n)
    m_places.push_back({static_cast<std::uint16_t>(n % c.width), static_cast<std::uint16_t>(n / c.width)});
  m_wheel.resize(std::max({m_traversal, c.credit_cycles, c.injection_cycles}) + 1);
  const auto connect = [&](std::uint32_t output, std::uint32_t input) {
    m_downstream[output] = input;
    m_upstream[input] = output;
  };
  for (std::uint32_t n = 0; n < nodes; ++n) {
    if (n % c.width + 1 < c.width) {
      connect(n * ports + east, (n + 1) * ports + west);
      connect((n + 1) * ports + west, n * ports + east);
    }
    if (n + c.width < nodes) {
      connect(n * ports + south, (n + c.width) * ports + north);
      connect((n + c.width) * ports + north, n * ports + south);
    }
    connect(inputs + n, n * ports + core);
  }
}

void packet_mesh::send(std::uint32_t source, std::uint32_t destination, unsigned flits) {
  std::uint32_t slot = m_free;
  if (slot == nothing) {
    slot = static_cast<std::uint32_t>(m_packets.size());
    m_packets.emplace_back();
  } else {
    m_free = m_packets[slot].next;
  }
  m_packets[slot] = {source, destination, nothing, m_places[destination], static_cast<std::uint16_t>(flits), 0, m_now, 0};
  core_state& c = m_cores[source];
  if (c.first == nothing) {
    c.first = slot;
    m_sending.push_back(source);
  } else {
    m_packets[c.last].next = slot;
  }
  c.last = slot;
  m_sent += flits;
}

cycle packet_mesh::next() const {
  if (!m_sending.empty() || !m_active.empty())
    return m_now;
  if (m_due_count == 0)
    return never_cycle;
  for (cycle t = m_now;; ++t)
    if (const due& d = m_wheel[t % m_wheel.size()]; !d.flits.empty() || !d.credits.empty())
      return t;
}

unsigned packet_mesh::direction(std::uint32_t router, const packet& p) const {
  const place here = m_places[router], there = p.target;
  return there.x > here.x ? east : there.x < here.x ? west : there.y > here.y ? south : there.y < here.y ? north : core;
}

/// The head at the front of `channel` asks for an output channel from now on.
void packet_mesh::route_head(std::uint32_t channel, flit f) {
  const std::uint32_t input = channel >> m_shift;
  m_out_port[channel] = static_cast<std::uint8_t>(direction(input / ports, m_packets[f >> 2]));
  m_waiting[input] |= vc_mask{1} << (channel & ((1u << m_shift) - 1));
}

void packet_mesh::receive(std::uint32_t channel, flit f) {
  const std::uint32_t input = channel >> m_shift;
  const unsigned count = m_count[channel]++;
  unsigned end = m_first[channel] + count;
  if (end >= m_config.vc_depth)
    end -= m_config.vc_depth;
  m_flits[std::size_t{channel} * m_config.vc_depth + end] = f;
  if (count == 0) {
    if (f & head_bit)
      route_head(channel, f);
    else
      m_assigned[input] |= vc_mask{1} << (channel & ((1u << m_shift) - 1));
  }
  awaken(input / ports);
}

/// Sends a flit of the core's first packet, if its channel has room. False when the core's queue is empty after it.
bool packet_mesh::inject(std::uint32_t node) {
  core_state& c = m_cores[node];
  const std::uint32_t output = m_config.nodes() * ports + node, input = m_downstream[output];
  packet& p = m_packets[c.first];
  if (p.sent == 0) { // another channel, in turn
    const vc_mask free = ~m_held[output];
    unsigned i = 0, vc = c.vc;
    do
      vc = vc + 1 == m_config.vcs ? 0 : vc + 1;
    while (!(free >> vc & 1 && m_credits[output << m_shift | vc] > 0) && ++i < m_config.vcs);
    if (i == m_config.vcs)
      return true;
    c.vc = vc;
    m_held[output] |= vc_mask{1} << vc;
    p.injected = m_now;
  }
  std::uint16_t& credit = m_credits[output << m_shift | c.vc];
  if (credit == 0)
    return true;
  --credit;
  const flit f = c.first << 2 | (p.sent == 0 ? head_bit : 0) | (p.sent + 1 == p.flits ? tail_bit : 0);
  at(m_now + m_config.injection_cycles).flits.emplace_back(input << m_shift | c.vc, f);
  ++m_due_count;
  ++m_injected;
  if (++p.sent == p.flits) {
    m_held[output] &= ~(vc_mask{1} << c.vc);
    c.first = p.next;
  }
  return c.first != nothing;
}

void packet_mesh::allocate_channels(std::uint32_t router) {
  std::uint32_t request[most_requests]; // input channels, by output port
  unsigned count[ports] = {}, total = 0;
  const std::uint32_t base = router * ports;
  for (unsigned in = 0; in < ports; ++in)
    for (vc_mask m = m_waiting[base + in]; m; m &= m - 1) {
      request[total] = (base + in) << m_shift | static_cast<unsigned>(__builtin_ctz(m));
      ++count[m_out_port[request[total++]]];
    }
  if (total == 0)
    return;
  const unsigned vcs = m_config.vcs, inputs = ports << m_shift;
  const vc_mask all = vcs == 32 ? ~vc_mask{0} : (vc_mask{1} << vcs) - 1;
  for (unsigned out = 0; out < ports; ++out) {
    if (count[out] == 0)
      continue;
    const vc_mask free = all & ~m_held[base + out];
    if (free == 0)
      continue;
    const std::uint32_t output = (base + out) << m_shift;
    vc_mask granted[most_requests]; // by request: channels that prefer it
    if (count[out] > 1) {
      std::fill_n(granted, total, vc_mask{0});
      for (vc_mask m = free; m; m &= m - 1) {
        const auto vc = static_cast<unsigned>(__builtin_ctz(m));
        unsigned best = total, best_distance = inputs;
        for (unsigned i = 0; i < total; ++i) {
          if (m_out_port[request[i]] != out)
            continue;
          const unsigned number = request[i] - (base << m_shift), from = m_channel_grant[output + vc];
          const unsigned distance = number >= from ? number - from : number + inputs - from;
          if (distance < best_distance) {
            best = i;
            best_distance = distance;
          }
        }
        granted[best] |= vc_mask{1} << vc;
      }
    }
    for (unsigned i = 0; i < total; ++i) {
      const std::uint32_t channel = request[i];
      if (m_out_port[channel] != out)
        continue;
      const vc_mask offers = count[out] > 1 ? granted[i] : free;
      if (offers == 0)
        continue;
      const unsigned vc = turn(offers, m_channel_accept[channel]);
      m_channel_accept[channel] = static_cast<std::uint8_t>(vc + 1 == vcs ? 0 : vc + 1);
      const unsigned number = channel - (base << m_shift);
      m_channel_grant[output + vc] = static_cast<std::uint16_t>(number + 1 == inputs ? 0 : number + 1);
      m_out_vc[channel] = static_cast<std::uint8_t>(vc);
      m_held[base + out] |= vc_mask{1} << vc;
      const std::uint32_t input = channel >> m_shift;
      const vc_mask bit = vc_mask{1} << (channel & ((1u << m_shift) - 1));
      m_waiting[input] &= ~bit;
      m_assigned[input] |= bit;
    }
  }
}

/// Outputs grant inputs in turn, inputs accept outputs in turn; turns pass on only where both agreed.
void packet_mesh::allocate_switch(std::uint32_t router, const std::array<vc_mask, ports>& ready,
                                  std::vector<packet_arrival>& arrivals) {
  const std::uint32_t base = router * ports;
  const unsigned vcs = m_config.vcs;
  std::uint32_t requests[ports] = {}, grants[ports] = {}; // inputs by output, outputs by input
  std::uint8_t candidate[ports][ports];                   // channel by input and output
  for (unsigned in = 0; in < ports; ++in) {
    if (ready[in] == 0)
      continue;
    const unsigned first = m_vc_turn[base + in];
    const vc_mask later = ready[in] >> first << first, parts[2] = {later, ready[in] ^ later};
    for (const vc_mask part : parts)
      for (vc_mask m = part; m; m &= m - 1) {
        const auto vc = static_cast<unsigned>(__builtin_ctz(m));
        const std::uint32_t channel = (base + in) << m_shift | vc;
        const unsigned out = m_out_port[channel];
        if (requests[out] >> in & 1 || (out != core && m_credits[(base + out) << m_shift | m_out_vc[channel]] == 0))
          continue;
        requests[out] |= 1u << in;
        candidate[in][out] = static_cast<std::uint8_t>(vc);
      }
  }
  for (unsigned out = 0; out < ports; ++out)
    if (requests[out])
      grants[turn(requests[out], m_switch_grant[base + out])] |= 1u << out;
  for (unsigned in = 0; in < ports; ++in) {
    if (grants[in] == 0)
      continue;
    const unsigned out = turn(grants[in], m_switch_accept[base + in]), vc = candidate[in][out];
    m_switch_accept[base + in] = static_cast<std::uint8_t>(out + 1 == ports ? 0 : out + 1);
    m_switch_grant[base + out] = static_cast<std::uint8_t>(in + 1 == ports ? 0 : in + 1);
    m_vc_turn[base + in] = static_cast<std::uint8_t>(vc + 1 == vcs ? 0 : vc + 1);
    forward(router, in, vc, arrivals);
  }
}

void packet_mesh::forward(std::uint32_t router, unsigned in, unsigned vc, std::vector<packet_arrival>& arrivals) {
  const std::uint32_t input = router * ports + in, channel = input << m_shift | vc;
  const unsigned out = m_out_port[channel], out_vc = m_out_vc[channel], depth = m_config.vc_depth;
  const std::uint32_t output = router * ports + out;
  const flit f = m_flits[std::size_t{channel} * depth + m_first[channel]];
  m_first[channel] = static_cast<std::uint8_t>(m_first[channel] + 1u == depth ? 0 : m_first[channel] + 1u);
  --m_count[channel];
  at(m_now + m_config.credit_cycles).credits.push_back(m_upstream[input] << m_shift | vc);
  ++m_due_count;
  if (out == core) {
    ++m_delivered;
    if (f & tail_bit) {
      packet& p = m_packets[f >> 2];
      arrivals.push_back({p.source, p.destination, p.created, p.injected, m_now + m_traversal, p.flits});
      p.next = m_free;
      m_free = f >> 2;
    }
  } else {
    ++m_hops;
    --m_credits[output << m_shift | out_vc];
    at(m_now + m_traversal).flits.emplace_back(m_downstream[output] << m_shift | out_vc, f);
    ++m_due_count;
  }
  const vc_mask bit = vc_mask{1} << vc;
  if (f & tail_bit) {
    m_held[output] &= ~(vc_mask{1} << out_vc);
    m_assigned[input] &= ~bit;
    if (m_count[channel])
      route_head(channel, m_flits[std::size_t{channel} * depth + m_first[channel]]);
  } else if (m_count[channel] == 0) {
    m_assigned[input] &= ~bit; // until the next flit comes
  }
}

void packet_mesh::step(std::vector<packet_arrival>& arrivals) {
  due& now_due = at(m_now);
  m_due_count -= now_due.flits.size() + now_due.credits.size();
  for (const std::uint32_t channel : now_due.credits)
    ++m_credits[channel];
  for (const auto& [channel, f] : now_due.flits)
    receive(channel, f);
  now_due.flits.clear();
  now_due.credits.clear();
  std::size_t kept = 0;
  for (const std::uint32_t node : m_sending)
    if (inject(node))
      m_sending[kept++] = node;
  m_sending.resize(kept);
  kept = 0;
  for (const std::uint32_t router : m_active) {
    std::array<vc_mask, ports> ready; // those that got their channel this cycle take the switch in a later one
    for (unsigned in = 0; in < ports; ++in)
      ready[in] = m_assigned[router * ports + in];
    allocate_channels(router);
    allocate_switch(router, ready, arrivals);
    vc_mask left = 0;
    for (unsigned in = 0; in < ports; ++in)
      left |= m_assigned[router * ports + in] | m_waiting[router * ports + in];
    if (left)
      m_active[kept++] = router;
    else
      m_awake[router] = 0;
  }
  m_active.resize(kept);
  ++m_now;
}

} // namespace strata::fabric
