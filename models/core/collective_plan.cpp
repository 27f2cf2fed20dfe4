// SPDX-License-Identifier: Apache-2.0
// Candidates of every algorithm and protocol, and the choice among them.
#include "models/core/collective_plan.hpp"

#include <algorithm>
#include <limits>

namespace strata::core {

namespace {

using pattern = collective_phase::pattern;

// Of the communication library (NCCL 2.28/2.29), the same for every device:
constexpr double low_latency_payload = 0.5;           // 4 of 8 bytes are data, the others their flag
constexpr double low_latency_128_payload = 120.0 / 128; // of a 128-byte line 8 bytes are flags
constexpr double low_latency_share = 0.075; // LL moves this share of LL128's rate; calibrated on silicon/collectives_h100_b200.csv
constexpr double low_latency_128_step_s = 0.23e-6; // more per step than LL, a line is checked by a whole warp; likewise
constexpr double wire_share = 0.89;          // of the links' payload rate that bulk transfers reach between syncs; likewise
constexpr double copy_rate = 1.2e12;         // B/s of a pass over local memory by the library's few units; likewise
constexpr double slice_bytes = 128 << 10;    // what a channel moves between two syncs
constexpr double ring_channels = 24, direct_channels = 16; // at most, in rings with two slices in flight
constexpr double channel_rate = 15e9;        // B/s of a channel: slow networks are given fewer of them

double rate_of(const group_header& g) {
  return g.bandwidth ? static_cast<double>(g.bandwidth) * wire_share : std::numeric_limits<double>::infinity();
}

/// Bytes that are in flight before the bulk protocol runs at its rate.
double fill_bytes(const group_header& g, collective_algorithm a) {
  const double wanted = g.bandwidth ? std::max(1.0, static_cast<double>(g.bandwidth) / channel_rate) : ring_channels;
  return a == collective_algorithm::direct ? slice_bytes * std::min(direct_channels, wanted)
                                           : 2 * slice_bytes * std::min(ring_channels, wanted);
}

/// Closed form of a plan: what the simulated links would take if nothing else used them.
double estimate(const collective_plan& p, const group_header& g) {
  const double flight = static_cast<double>(g.latency) * 1e-15;
  const double peers = static_cast<double>(g.ranks) - 1;
  double t = p.launch_s;
  for (const collective_phase& f : p.phases) {
    const double sent = f.to == pattern::everyone    ? f.bytes * peers
                        : f.to == pattern::in_switch ? f.bytes * (peers + 2)
                                                     : f.bytes;
    t += f.repeat * (p.step_s + flight * (p.fenced ? 3 : 1) + sent / p.rate + f.local_bytes / p.local_rate);
  }
  return t;
}

bool sums_in_switch(const command& c, const group_header& g) {
  // Switches add 16- and 32-bit floating-point numbers; two ranks gain nothing and are not offered it.
  return g.multicast && g.ranks > 2 &&
         (c.compute == data_type::fp32 || c.compute == data_type::bf16 || c.compute == data_type::fp16);
}

class planner {
public:
  planner(const core_config& config, const group_header& group, const command& c)
      : m_config(config), m_group(group), m_command(c), m_ranks(static_cast<double>(group.ranks)),
        m_bytes(static_cast<double>(c.work)) {}

  collective_plan best() {
    const auto wanted = static_cast<collective_algorithm>(m_command.n);
    add_candidates();
    const collective_plan* best = nullptr;
    for (const bool any : {false, true}) {
      for (const collective_plan& p : m_candidates)
        // Framework heuristics (TensorRT-LLM 1.3) never choose two-shot: between one-shot and it lies the library.
        if ((any ? p.algorithm != collective_algorithm::two_shot : p.algorithm == wanted) &&
            (!best || p.estimate_s < best->estimate_s))
          best = &p;
      if (best)
        break;
    }
    return *best;
  }

private:
  using algorithm = collective_algorithm;
  using protocol = collective_protocol;

  void add_candidates() {
    const double part = m_bytes / m_ranks;
    const auto steps = static_cast<unsigned>(m_group.ranks - 1);
    switch (m_command.op) {
    case opcode::all_reduce:
      if (!(m_command.flags & library)) {
        const double all = m_bytes * m_ranks;
        add(algorithm::one_shot, protocol::kernel, {{pattern::everyone, m_bytes, all, additions(m_bytes)}});
        add(algorithm::two_shot, protocol::kernel, {{pattern::everyone, part, m_bytes, additions(part)}, {pattern::everyone, part}});
      }
      for (const protocol p : {protocol::low_latency, protocol::low_latency_128, protocol::simple})
        add(algorithm::ring, p, {{pattern::next, part, 0, part / 2, steps}, {pattern::next, part, 0, 0, steps - 1}, {pattern::next, part, part}});
      if (sums_in_switch(m_command, m_group))
        add(algorithm::in_switch, protocol::simple, {{pattern::in_switch, part}});
      break;
    case opcode::all_to_all: // sends and receives, for which there is no 128-byte protocol
      for (const protocol p : {protocol::low_latency, protocol::simple})
        add(algorithm::direct, p, {{pattern::everyone, part, part}});
      break;
    case opcode::send_receive:
      for (const protocol p : {protocol::low_latency, protocol::simple})
        add(algorithm::ring, p, {{pattern::next, m_bytes}});
      break;
    default: {
      const double sums = m_command.op == opcode::reduce_scatter ? part / 2 : 0;
      for (const protocol p : {protocol::low_latency, protocol::low_latency_128, protocol::simple})
        add(algorithm::ring, p, {{pattern::next, part, 0, sums, steps - 1}, {pattern::next, part, part, sums}});
    }
    }
  }

  double additions(double bytes) const { return bytes / 2 * (m_ranks - 1); }

  void add(algorithm a, protocol p, std::vector<collective_phase> phases) {
    collective_plan c;
    c.algorithm = a;
    c.protocol = p;
    c.phases = std::move(phases);
    c.step_s = m_config.collective_overhead.value();
    c.launch_s = p == protocol::kernel ? m_config.launch_latency.value() + m_config.fill_latency.value() : m_config.nccl_launch.value();
    if (m_command.flags & fused)
      c.launch_s = 0;
    const double low_latency = m_config.low_latency_rate.value();
    switch (p) {
    case protocol::kernel:
      c.rate = rate_of(m_group);
      c.local_rate = m_config.cache_bandwidth.value();
      break;
    case protocol::low_latency:
      c.wire_share = low_latency_payload;
      c.local_rate = low_latency * low_latency_share;
      c.rate = std::min(c.local_rate, rate_of(m_group) * c.wire_share);
      break;
    case protocol::low_latency_128:
      c.wire_share = low_latency_128_payload;
      c.step_s += low_latency_128_step_s;
      c.local_rate = low_latency;
      c.rate = std::min(c.local_rate, rate_of(m_group) * c.wire_share);
      break;
    case protocol::simple:
      c.fenced = true;
      c.rate = rate_of(m_group) * (a == algorithm::in_switch ? static_cast<double>(m_group.multicast_share) * 1e-6 : 1);
      c.local_rate = copy_rate;
      c.launch_s += fill_bytes(m_group, a) / rate_of(m_group);
      break;
    }
    c.estimate_s = estimate(c, m_group);
    m_candidates.push_back(std::move(c));
  }

  const core_config& m_config;
  const group_header& m_group;
  const command& m_command;
  double m_ranks, m_bytes;
  std::vector<collective_plan> m_candidates;
};

} // namespace

collective_plan plan_collective(const core_config& config, const group_header& group, const command& c) {
  return planner(config, group, c).best();
}

} // namespace strata::core
