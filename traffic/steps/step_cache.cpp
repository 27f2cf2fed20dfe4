// SPDX-License-Identifier: Apache-2.0
#include "traffic/steps/step_cache.hpp"

#include <algorithm>
#include <cmath>

namespace strata::traffic {

namespace {

/// Two neighbouring values of an axis and the weight of the upper one.
struct bracket {
  unsigned low, high;
  double weight;
};

constexpr double octave_base = 64; ///< contexts below are one node

/// Half octaves: attention splits long contexts into parts, so that its time bends within an octave.
double octave_value(unsigned i) { return i == 0 ? 0 : octave_base * std::pow(2.0, (i - 1) / 2.0); }

bracket octave_bracket(double value) {
  if (value <= 0)
    return {0, 0, 0};
  if (value <= octave_base)
    return {0, 1, value / octave_base};
  const auto low = 1 + static_cast<unsigned>(std::floor(2 * std::log2(value / octave_base)));
  const double below = octave_value(low), above = octave_value(low + 1);
  const double weight = (value - below) / (above - below);
  return weight <= 0 ? bracket{low, low, 0} : bracket{low, low + 1, weight};
}

/// Multiples of `step`.
bracket even_bracket(double value, unsigned step) {
  const auto low = static_cast<unsigned>(value / step) * step;
  return value <= low ? bracket{low, low, 0} : bracket{low, low + step, (value - low) / step};
}

/// Sequences: exact while they are few, then in steps that keep the spacing near an eighth.
bracket sequence_bracket(unsigned sequences, bool mixed) {
  if (!mixed && sequences <= 16)
    return {sequences, sequences, 0};
  unsigned step = mixed ? 4 : 2;
  while (step * 16 < sequences)
    step *= 2;
  if (sequences > 0 && sequences < step) // one decode adds kernels that a step of prompts has not
    return {1, step, double(sequences - 1) / (step - 1)};
  return even_bracket(sequences, step);
}

/// Tokens of a mixed step: matrix engines work in tiles of 64 rows, so both ends of a tile row are nodes; in the first one
/// powers of two.
bracket token_bracket(unsigned tokens) {
  constexpr unsigned tile = 64;
  if (tokens <= tile) { // experts touched grow less and less with the first tokens
    unsigned high = 1;
    while (high < tokens)
      high *= 2;
    return high == tokens ? bracket{high, high, 0} : bracket{high / 2, high, double(tokens) / (high / 2) - 1};
  }
  const unsigned first = (tokens - 1) / tile * tile + 1, last = first + tile - 1;
  return {first, last, double(tokens - first) / (tile - 1)};
}

double outer_share(const step_shape& s) {
  double outer = 0, all = 0;
  for (unsigned t = 0; t < max_tiers; ++t) {
    const double tokens = double(s.decode_kv[t]) + double(s.prefill_kv[t]);
    all += tokens;
    outer += t > 0 ? tokens : 0;
  }
  return all > 0 ? outer / all : 0;
}

void add(step_outcome& sum, const step_outcome& o, double weight) {
  sum.latency_s += weight * o.latency_s;
  sum.interval_s += weight * o.interval_s;
  if (sum.meters.size() != o.meters.size())
    sum.meters.resize(o.meters.size(), 0.0);
  for (std::size_t i = 0; i < o.meters.size(); ++i)
    sum.meters[i] += weight * o.meters[i];
}

} // namespace

step_shape step_cache::node_shape(const node& n, const step_shape& like) const {
  step_shape s{};
  s.decode_sequences = n.decode;
  s.decode_context = static_cast<std::uint64_t>(n.decode * octave_value(n.context));
  s.decode_queries = like.decode_queries;
  s.prefill_tokens = n.tokens > s.decode_tokens() ? n.tokens - s.decode_tokens() : 0;
  s.prefill_sequences = std::min<std::uint32_t>(n.prefills, s.prefill_tokens);
  s.prefill_pairs = static_cast<std::uint64_t>(s.prefill_tokens * octave_value(n.span));
  s.sampled_tokens = n.decode + n.finishing;
  // Several prompts that reach no further than one of all their tokens would are taken to begin here, and to be as unequal
  // as that says.
  const bool fresh = s.prefill_sequences > 1 && 2 * octave_value(n.span) <= s.prefill_tokens;
  const double prefill_reads =
      fresh ? s.prefill_tokens
            : s.prefill_tokens ? s.prefill_sequences * octave_value(n.span) + s.prefill_tokens / 2.0 : 0;
  s.prefill_context = static_cast<std::uint64_t>(prefill_reads);
  // In a window: each decode at the mean context, the prefill's tokens spread around their mean span.
  const auto context = static_cast<std::uint64_t>(octave_value(n.context));
  const auto span = static_cast<std::uint64_t>(octave_value(n.span));
  const std::uint32_t each = s.prefill_tokens / std::max(1u, s.prefill_sequences);
  const std::uint64_t before = span > each / 2 ? span - each / 2 : 0;
  s.decode_window_keys = n.decode * m_window.keys(context);
  s.prefill_window_pairs = s.prefill_sequences * m_window.pairs(before, each);
  s.prefill_window_keys = s.prefill_sequences * m_window.span(before, each);
  // The outer share splits over the outer tiers as it does in the step that asked.
  const double outer = n.tier / 4.0;
  double like_outer = 0;
  for (unsigned t = 1; t < max_tiers; ++t)
    like_outer += double(like.decode_kv[t]) + double(like.prefill_kv[t]);
  for (unsigned t = 0; t < max_tiers; ++t) {
    const double mine = double(like.decode_kv[t]) + double(like.prefill_kv[t]);
    const double share = t == 0 ? 1 - outer : like_outer > 0 ? outer * mine / like_outer : (t == 1 ? outer : 0);
    s.decode_kv[t] = static_cast<std::uint64_t>(share * (double(s.decode_context) + s.decode_tokens()));
    s.prefill_kv[t] = static_cast<std::uint64_t>(share * prefill_reads);
  }
  return s;
}

const step_outcome& step_cache::at(const node& n, const step_shape& like) {
  const auto it = m_nodes.find(n);
  if (it != m_nodes.end())
    return it->second;
  ++m_stats.simulated;
  return m_nodes.emplace(n, m_simulate(node_shape(n, like))).first->second;
}

void step_cache::interpolate(const step_shape& shape) {
  const bool mixed = shape.prefill_tokens > 0;
  const unsigned d = shape.decode_sequences;
  const bracket decode = sequence_bracket(d, mixed);
  const bracket tokens = mixed ? token_bracket(shape.tokens()) : bracket{0, 0, 0};
  const bracket context = octave_bracket(d ? double(shape.decode_context) / d : 0);
  const bracket span = octave_bracket(mixed ? double(shape.prefill_pairs) / shape.prefill_tokens : 0);
  const bracket tier = even_bracket(4 * outer_share(shape), 1);
  constexpr std::uint32_t most = 8; ///< prompts told apart
  const auto finishing = static_cast<std::uint8_t>(std::min(shape.sampled_tokens - d, most));
  const auto prefills = static_cast<std::uint8_t>(std::min(shape.prefill_sequences, most));
  m_result.latency_s = m_result.interval_s = 0;
  std::fill(m_result.meters.begin(), m_result.meters.end(), 0.0);
  // The nearest node, and along each axis its neighbour on the other side: axes act one by one (tokens on the engines,
  // contexts on the memory), so that corners off the axes would add nodes to simulate but little truth.
  const std::array<bracket, 5> axes{decode, tokens, context, span, tier};
  const auto node_with = [&](std::size_t flipped) {
    std::array<unsigned, 5> at{};
    for (std::size_t i = 0; i < axes.size(); ++i)
      at[i] = (axes[i].weight > 0.5) != (i == flipped) ? axes[i].high : axes[i].low;
    node n;
    n.decode = at[0];
    // A mixed step has at least one prefill token beside those of its decodes.
    const unsigned decoded = n.decode * shape.decode_queries;
    n.tokens = mixed ? std::max(at[1], decoded + 1) : decoded;
    n.context = static_cast<std::uint8_t>(n.decode ? at[2] : 0);
    n.span = static_cast<std::uint8_t>(at[3]);
    n.tier = static_cast<std::uint8_t>(at[4]);
    n.finishing = finishing;
    n.prefills = prefills;
    return n;
  };
  double nearest = 1;
  for (std::size_t i = 0; i < axes.size(); ++i)
    if (const double weight = std::min(axes[i].weight, 1 - axes[i].weight); weight > 0 && axes[i].low != axes[i].high) {
      add(m_result, at(node_with(i), shape), weight);
      nearest -= weight;
    }
  add(m_result, at(node_with(axes.size()), shape), nearest);
}

const step_outcome& step_cache::lookup(const step_shape& shape) {
  ++m_stats.lookups;
  interpolate(shape);
  if (m_stats.lookups == m_next_check) {
    constexpr std::uint64_t checks_before_fewer = 256;
    m_next_check += std::max<std::uint64_t>(m_check_every, m_stats.lookups / checks_before_fewer);
    const double exact = m_simulate_exactly(shape).latency_s;
    const double error = (m_result.latency_s - exact) / exact;
    ++m_stats.checked;
    m_error_sum += std::fabs(error);
    m_bias_sum += error;
    m_stats.max_error = std::max(m_stats.max_error, std::fabs(error));
  }
  return m_result;
}

step_cache::statistics step_cache::stats() const {
  statistics s = m_stats;
  if (s.checked) {
    s.mean_error = m_error_sum / static_cast<double>(s.checked);
    s.bias = m_bias_sum / static_cast<double>(s.checked);
  }
  return s;
}

} // namespace strata::traffic
