// SPDX-License-Identifier: Apache-2.0
// Bernoulli arrivals by their geometric gaps, kept in a heap of next arrivals, one for each core.
#include "models/fabric/mesh_load.hpp"

#include "models/base/diagnostic.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <queue>
#include <random>

namespace strata::fabric {
namespace {

/// Packet creation at all cores.
class packet_source {
public:
  packet_source(const packet_mesh_config& c, const mesh_load& load)
      : m_config(c), m_load(load), m_random(load.seed),
        m_log_none(std::log1p(-std::min(load.injection / load.packet_flits, 1 - 1e-12))) {
    for (std::uint32_t n = 0; n < c.nodes(); ++n)
      m_next.push({gap() - 1, n});
  }
  cycle next() const { return m_next.top().first; }
  void create(packet_mesh& mesh) {
    while (m_next.top().first <= mesh.now()) {
      const auto [at, node] = m_next.top();
      m_next.pop();
      mesh.send(node, destination(node), m_load.packet_flits);
      m_next.push({at + gap(), node});
    }
  }

private:
  /// Uniform in (0, 1], the same on every standard library.
  double uniform() { return static_cast<double>((m_random() >> 11) + 1) * 0x1p-53; }
  cycle gap() { return 1 + static_cast<cycle>(std::min(std::log(uniform()) / m_log_none, 1e15)); }
  std::uint32_t destination(std::uint32_t node) {
    const unsigned w = m_config.width;
    switch (m_load.pattern) {
    case traffic_pattern::uniform: return static_cast<std::uint32_t>(m_random() % m_config.nodes());
    case traffic_pattern::transpose: return node % w * w + node / w;
    case traffic_pattern::neighbour: return node % w + 1 == w ? node + 1 - w : node + 1;
    }
    return node;
  }

  using arrival = std::pair<cycle, std::uint32_t>;
  const packet_mesh_config& m_config;
  const mesh_load& m_load;
  std::mt19937_64 m_random;
  const double m_log_none;
  std::priority_queue<arrival, std::vector<arrival>, std::greater<>> m_next;
};

void check(const packet_mesh_config& c, const mesh_load& load) {
  if (load.pattern == traffic_pattern::transpose && c.width != c.height)
    throw base::input_error({}, "transpose: the mesh is " + std::to_string(c.width) + " by " + std::to_string(c.height) +
                            ", expected a square one");
  if (!(load.injection > 0 && load.injection <= load.packet_flits))
    throw base::input_error({}, "injection: expected more than 0 and at most one packet per core and cycle");
}

/// Mean latency of an idle mesh: a light load, so light that packets hardly meet.
double idle_latency(const packet_mesh_config& c, mesh_load load) {
  load.injection = 0.002 * load.packet_flits;
  return run_load(c, load).mean_latency;
}

} // namespace

mesh_load_result run_load(const packet_mesh_config& c, const mesh_load& load) {
  check(c, load);
  packet_mesh mesh(c);
  packet_source source(c, load);
  mesh_load_result r;
  const cycle start = load.warm_up, end = start + load.measured, limit = end + load.measured;
  std::vector<packet_arrival> arrivals;
  std::uint64_t awaited = 0, flits_at_start = 0, flits_at_end = 0, sent_at_start = 0, sent_at_end = 0;
  double network = 0;
  bool started = false, ended = false;
  while (mesh.now() < limit) {
    const cycle now = mesh.now();
    if (!started && now >= start) {
      started = true;
      flits_at_start = mesh.flits_delivered();
      sent_at_start = mesh.flits_sent();
    }
    if (!ended && now >= end) {
      ended = true;
      flits_at_end = mesh.flits_delivered();
      sent_at_end = mesh.flits_sent();
      awaited = (sent_at_end - sent_at_start) / load.packet_flits;
    }
    if (ended && r.latencies.size() == awaited)
      break;
    source.create(mesh);
    arrivals.clear();
    mesh.step(arrivals);
    for (const packet_arrival& a : arrivals)
      if (a.created >= start && a.created < end) {
        r.latencies.push_back(static_cast<double>(a.arrived - a.created));
        network += static_cast<double>(a.arrived - a.injected);
      }
    const cycle next = std::min(mesh.next(), source.next());
    if (next > mesh.now()) // not beyond a boundary of the measurement
      mesh.skip_to(std::min({next, started ? next : start, ended ? next : std::max(end, mesh.now()), limit}));
  }
  const auto n = static_cast<double>(r.latencies.size());
  r.stable = ended && r.latencies.size() == awaited;
  r.mean_latency = std::accumulate(r.latencies.begin(), r.latencies.end(), 0.0) / n;
  r.mean_network_latency = network / n;
  r.accepted = static_cast<double>(flits_at_end - flits_at_start) / static_cast<double>(load.measured) / c.nodes();
  r.mean_hops = static_cast<double>(mesh.flit_hops()) / static_cast<double>(mesh.flits_delivered());
  r.cycles = mesh.now();
  r.flits = mesh.flits_delivered();
  r.flit_hops = mesh.flit_hops();
  return r;
}

double saturation(const packet_mesh_config& c, mesh_load load, double factor, double tolerance) {
  const double threshold = factor * idle_latency(c, load);
  double low = 0, high = 1;
  while (high - low > tolerance * high) {
    load.injection = (low + high) / 2;
    const auto r = run_load(c, load);
    (r.stable && r.mean_latency < threshold ? low : high) = load.injection;
  }
  return (low + high) / 2;
}

} // namespace strata::fabric
