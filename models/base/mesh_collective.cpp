// SPDX-License-Identifier: Apache-2.0
// Stream-level cost of collectives: when each core's stream of words starts and ends.
#include "models/base/mesh_collective.hpp"

#include <algorithm>
#include <limits>
#include <numeric>

namespace strata::base {
namespace {

/// Where cores sit on their line.
class line {
public:
  line(unsigned cores, const std::vector<std::uint32_t>& positions) : m_positions(positions) {
    if (m_positions.empty()) {
      m_positions.resize(cores);
      std::iota(m_positions.begin(), m_positions.end(), 0u);
    }
  }
  std::uint64_t links(std::size_t from, std::size_t to) const { return m_positions[to] - m_positions[from]; }
  std::uint64_t length() const { return m_positions.back() - m_positions.front(); }

private:
  std::vector<std::uint32_t> m_positions;
};

collective_cost broadcast(std::uint64_t words, const mesh_timing& t, std::uint64_t links, std::uint64_t all_links) {
  return {words + links * t.hop_cycles + t.stage_cycles(), all_links * words, words};
}

/// `steps` times a chunk of `words` words to the next core, the last core's to the first, each when the one before is in.
/// `all_words`: those of all chunks together.
collective_cost ring(unsigned cores, std::uint64_t steps, std::uint64_t words, std::uint64_t all_words, const mesh_timing& t,
                     std::uint64_t length) {
  // The slowest chunk takes the way back, over the whole line, as often as it goes round.
  const std::uint64_t ways_back = (steps + cores - 1) / cores;
  const std::uint64_t links = (cores < 2 ? 0 : ways_back * length + (steps - ways_back) * length / (cores - 1));
  return {steps * (words + t.stage_cycles()) + links * t.hop_cycles, 2 * length * steps * all_words / cores, steps * words};
}

collective_cost operator+(collective_cost a, const collective_cost& b) {
  a.cycles += b.cycles;
  a.word_hops += b.word_hops;
  a.busiest += b.busiest;
  return a;
}

} // namespace

collective_cost cost_of(const reduce_tree& tree, std::uint64_t words, const mesh_timing& t,
                        const std::vector<std::uint32_t>& positions) {
  const tree_shape s = shape_of(tree);
  std::uint64_t links = s.energy;
  if (!positions.empty()) {
    links = 0;
    for (std::size_t i = 1; i < tree.size(); ++i)
      links += positions[i] - positions[tree[i]];
  }
  return {stream_cycles(tree, words, t, positions), links * words, s.contention * words};
}

collective_cost cost_of(const collective_request& r, const mesh_timing& t, const std::vector<std::uint32_t>& positions) {
  const line row(r.width, positions);
  const bool two_dimensional = r.height > 1;
  const auto reduce_all = [&] {
    collective_cost c = cost_of(make_reduce_tree(r.algorithm, r.width, r.words, t), r.words, t, positions);
    c.word_hops *= r.height;
    if (two_dimensional)
      c = c + cost_of(make_reduce_tree(r.algorithm, r.height, r.words, t), r.words, t, {});
    return c;
  };
  const auto broadcast_all = [&] {
    const std::uint64_t down = r.height - 1;
    return broadcast(r.words, t, row.length() + down, row.length() + down * r.width);
  };
  const auto chunk = (r.words + r.width - 1) / r.width;
  switch (r.kind) {
  case collective::reduce: return reduce_all();
  case collective::broadcast: return broadcast_all();
  case collective::all_reduce: return reduce_all() + broadcast_all();
  case collective::ring_all_reduce: return ring(r.width, 2 * (r.width - 1), chunk, r.words, t, row.length());
  case collective::all_gather: return ring(r.width, r.width - 1, r.words, r.words * r.width, t, row.length());
  case collective::shift: return ring(r.width, 1, r.words, r.words * r.width, t, row.length());
  }
  return {};
}

double model_cycles(const collective_request& r, const mesh_timing& t) {
  const auto reduce_one = [&](unsigned cores) {
    return cores < 2 ? 0 : model_cycles(shape_of(make_reduce_tree(r.algorithm, cores, r.words, t)), cores, r.words, t);
  };
  const double words = static_cast<double>(r.words), hops = r.width - 1.0 + (r.height - 1.0);
  const double reduce = reduce_one(r.width) + reduce_one(r.height);
  const double broadcast = words + hops * t.hop_cycles + t.stage_cycles();
  switch (r.kind) {
  case collective::reduce: return reduce;
  case collective::broadcast: return broadcast;
  case collective::all_reduce: return reduce + broadcast;
  case collective::ring_all_reduce: {
    const double steps = 2 * (r.width - 1.0);
    return steps * (words / r.width + t.stage_cycles()) + (4.0 * r.width - 6) * t.hop_cycles;
  }
  case collective::all_gather:
  case collective::shift: break;
  }
  return std::numeric_limits<double>::quiet_NaN();
}

std::uint64_t concurrent_cycles(const std::vector<collective_cost>& costs) {
  std::uint64_t busiest = 0, longest = 0, latency = 0;
  for (const auto& c : costs) {
    busiest += c.busiest;
    longest = std::max(longest, c.cycles);
    latency = std::max(latency, c.cycles - std::min(c.cycles, c.busiest));
  }
  return std::max(longest, busiest + latency);
}

} // namespace strata::base
