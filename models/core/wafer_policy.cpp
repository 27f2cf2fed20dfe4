// SPDX-License-Identifier: Apache-2.0
#include "models/core/wafer_policy.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

namespace strata::core {

namespace {

constexpr double word_bytes = 4;        ///< of a link, per cycle
constexpr double activation_words = 0.5; ///< 16-bit activations on 32-bit links; partial sums travel in fp32

std::uint64_t whole(double words) { return static_cast<std::uint64_t>(std::ceil(words)); }

/// Planning a tree takes milliseconds, and all cores of a platform plan the same few.
struct planned_tree {
  base::reduce_tree tree;
  base::collective_cost straight; ///< over a line without detours
};
const planned_tree& planned(unsigned cores, std::uint64_t words, const base::mesh_timing& t) {
  static std::map<std::array<std::uint64_t, 4>, planned_tree> known;
  const auto [at, added] = known.try_emplace({cores, words, t.hop_cycles, t.ramp_cycles});
  if (added) {
    at->second.tree = base::make_reduce_tree(base::reduce_algorithm::auto_gen, cores, words, t);
    at->second.straight = base::cost_of(at->second.tree, words, t);
  }
  return at->second;
}

} // namespace

/// Cycles of a command's first token by what they go to, and the cycles at which further tokens follow.
struct wafer_policy::path {
  double broadcast = 0, compute = 0, reduce = 0;
  double broadcast_interval = 0, compute_interval = 0, reduce_interval = 0;
  double word_hops = 0, words = 0; ///< of one token: links passed, words sent

  void add_broadcast(const base::collective_cost& c, double lines, double sent) {
    words += sent * lines;
    broadcast += static_cast<double>(c.cycles);
    broadcast_interval += static_cast<double>(c.busiest);
    word_hops += static_cast<double>(c.word_hops) * lines;
  }
  void add_reduce(const base::collective_cost& c, double lines, double sent) {
    words += sent * lines;
    reduce += static_cast<double>(c.cycles);
    reduce_interval += static_cast<double>(c.busiest);
    word_hops += static_cast<double>(c.word_hops) * lines;
  }
  /// Further tokens wait for the busiest of the three.
  void follow(double tokens) {
    const double interval = std::max({broadcast_interval, compute_interval, reduce_interval});
    double& busiest = interval == compute_interval ? compute : interval == reduce_interval ? reduce : broadcast;
    busiest += (tokens - 1) * interval;
    word_hops *= tokens;
    words *= tokens;
  }
};

mesh_region wafer_policy::region_of(unsigned lanes) const {
  const unsigned columns = m_mesh.columns(), rows = m_mesh.rows();
  mesh_region best;
  for (unsigned across = 1; across <= lanes; ++across) {
    const unsigned down = (lanes + across - 1) / across;
    const mesh_region r{std::max(1u, columns / across), std::max(1u, rows / down)};
    if (across == 1 || std::min(r.width, r.height) > std::min(best.width, best.height))
      best = r;
  }
  return best;
}

base::collective_cost wafer_policy::broadcast(unsigned cores, std::uint64_t words, const core_lines& lines) const {
  if (cores < 2 || words == 0)
    return {};
  return lines.of_all(base::cost_of({base::collective::broadcast, base::reduce_algorithm::chain, cores, 1, words}, m_timing,
                                    lines.first(cores)),
                      words);
}

base::collective_cost wafer_policy::reduce(unsigned cores, std::uint64_t words, double tokens, double interval,
                                           const core_lines& lines) const {
  if (cores < 2 || words == 0)
    return {};
  const auto until_last = [&](const base::collective_cost& c) {
    return static_cast<double>(c.cycles) + (tokens - 1) * std::max(interval, static_cast<double>(c.busiest));
  };
  const planned_tree& plan = planned(cores, words, m_timing);
  const bool straight = lines.positions.empty();
  const base::collective_cost tree =
      straight ? plan.straight : lines.of_all(base::cost_of(plan.tree, words, m_timing, lines.first(cores)), words);
  if (tokens <= 1)
    return tree;
  const base::collective_cost chain = lines.of_all(
      base::cost_of({base::collective::reduce, base::reduce_algorithm::chain, cores, 1, words}, m_timing, lines.first(cores)), words);
  return until_last(chain) < until_last(tree) ? chain : tree;
}

/// Weights lie in two dimensions, K across the columns and N down the rows, so that a core multiplies a slice of both.
wafer_policy::path wafer_policy::gemm(const command& c, const mesh_region& r) const {
  const double k_slice = std::ceil(double(c.k) / r.width), n_slice = std::ceil(double(c.n) / r.height);
  const double tokens = double(c.m) * (c.op == opcode::gemm && c.batch ? c.batch : 1);
  const region_lines& lines = m_mesh.lines(r);
  path p;
  p.compute = p.compute_interval = std::ceil(2 * k_slice * n_slice / flop_per_cycle(c.compute)) / m_config.matrix_efficiency;
  p.add_broadcast(broadcast(r.height, whole(k_slice * activation_words), lines.columns), r.width, k_slice * activation_words);
  p.add_reduce(reduce(r.width, whole(n_slice), tokens, std::max(p.compute_interval, p.broadcast_interval), lines.rows), r.height,
               n_slice * (r.width - 1));
  p.follow(tokens);
  return p;
}

/// Keys and values lie in two dimensions, positions across the columns; the rows are shared out among key heads, and
/// those of a head share its elements. Queries are multicast along the rows, scores summed over a head's rows, soft-max
/// statistics and weighted sums over the positions.
wafer_policy::path wafer_policy::attention(const command& c, const mesh_region& r) const {
  const double tokens = std::max(1u, c.m);
  const unsigned key_heads = c.kv_heads ? c.kv_heads : c.n;
  const unsigned head_rows = std::max(1u, r.height / key_heads);
  const double queries = double(c.n) / key_heads * std::ceil(double(key_heads) / r.height); // heads that a core meets
  const double elements = std::ceil(double(c.k) / head_rows);
  const double value_elements = std::ceil(double(c.value_dim ? c.value_dim : c.k) / head_rows);
  const double scores = std::ceil(static_cast<double>(c.work) / tokens / r.width) * queries; // of a core, per token
  path p;
  p.compute = p.compute_interval =
      std::ceil(2 * scores * (elements + value_elements) / flop_per_cycle(c.compute)) / m_config.matrix_efficiency;
  const region_lines& lines = m_mesh.lines(r);
  const auto spread = [&](unsigned cores, double words, double count, const core_lines& along) {
    p.add_broadcast(broadcast(cores, whole(words), along), count, words);
  };
  const auto sum = [&](unsigned cores, double words, double count, const core_lines& along) {
    p.add_reduce(reduce(cores, whole(words), tokens, p.compute_interval, along), count, words * (cores - 1));
  };
  const double groups = r.cores() / head_rows; // lines of cores that add up scores
  spread(r.width, queries * elements * activation_words, r.height, lines.rows);
  sum(head_rows, scores, groups, lines.columns);
  sum(r.width, 2 * queries, r.height, lines.rows); // largest score and sum of a head
  spread(r.width, 2 * queries, r.height, lines.rows);
  spread(head_rows, scores * activation_words, groups, lines.columns);
  sum(r.width, queries * value_elements, r.height, lines.rows);
  p.follow(tokens);
  return p;
}

/// Vectors lie down the rows, where a product's sums end: a norm adds up one word there and sends it back.
wafer_policy::path wafer_policy::elementwise(const command& c, const mesh_region& r) const {
  path p;
  p.compute = static_cast<double>(c.work) / (m_config.vector_rate.value() / m_config.units * r.cores() / m_config.clock.value());
  core_lines column = m_mesh.lines(r).columns;
  column.sharing = 1; // the others are idle
  for (unsigned i = 0; i < c.m; ++i) {
    p.add_reduce(reduce(r.height, 1, 1, 0, column), 1, r.height - 1.0);
    p.add_broadcast(broadcast(r.height, 1, column), 1, 1);
  }
  return p;
}

/// From one region to the next, over all links of the side that they share.
wafer_policy::path wafer_policy::copy(const command& c, const mesh_region& r) const {
  const double words = c.operand_count ? static_cast<double>(c.operands[0].bytes) / word_bytes : 0;
  const double hops = std::round((c.hops ? c.hops : r.width) * m_mesh.stretch()), links = c.n ? c.n : r.height;
  path p;
  p.broadcast = hops * m_timing.hop_cycles + std::ceil(words / links);
  p.word_hops = words * hops;
  p.words = words;
  return p;
}

execution_plan wafer_policy::plan(const command& c, unsigned lanes) const {
  const mesh_region region = c.width && c.height ? mesh_region{c.width, c.height, c.x, c.y} : region_of(lanes);
  path way;
  execution_plan p;
  switch (c.op) {
  case opcode::gemm:
  case opcode::grouped_gemm:
    way = gemm(c, region);
    p.matrix_flop = useful_flop(c);
    break;
  case opcode::attention:
    way = attention(c, region);
    p.matrix_flop = useful_flop(c);
    p.as_whole = time_part::attention;
    break;
  case opcode::elementwise:
    way = elementwise(c, region);
    p.vector_flop = static_cast<double>(c.work);
    break;
  case opcode::copy:
    way = copy(c, region);
    p.as_whole = time_part::hand_over;
    break;
  default: break;
  }
  const double clock = m_config.clock.value();
  p.launch = base::to_femtoseconds(m_config.launch_latency);
  p.engine[time_part::broadcast] = base::time_for(way.broadcast, clock);
  p.engine[c.op == opcode::elementwise ? time_part::vector : time_part::mma] = base::time_for(way.compute, clock);
  p.engine[time_part::reduce] = base::time_for(way.reduce, clock);
  p.operand_rate = region.cores() * m_config.unit_bandwidth.value();
  p.fabric_byte_hops = way.word_hops * word_bytes;
  p.fabric_bytes = way.words * word_bytes;
  p.share = region.cores() / m_config.units;
  return p;
}

} // namespace strata::core
