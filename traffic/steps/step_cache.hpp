// SPDX-License-Identifier: Apache-2.0
// Step fidelity: outcomes of simulated steps, reused for steps of like shape and interpolated between neighbours along
// the axes of a grid over (tokens, decoding sequences, mean context, mean prefill span, tier share), apart for each number of
// prompts. Nodes are simulated when first needed. Kernel-free: the simulation itself is a function it is given.
#pragma once

#include "traffic/lowering/step_outcome.hpp"
#include "traffic/serving/serving_engine.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <unordered_map>

namespace strata::traffic {

class step_cache {
public:
  using simulator = std::function<step_outcome(const step_shape&)>;
  /// Nodes come from `simulate`. Every `check_every`-th lookup, the first sooner, is compared with `simulate_exactly`,
  /// 0 = never; in long runs fewer, one in so many that the number of checks grows as the logarithm of that of lookups.
  step_cache(simulator simulate, simulator simulate_exactly, unsigned check_every, attention_window window = {})
      : m_simulate(std::move(simulate)), m_simulate_exactly(std::move(simulate_exactly)), m_check_every(check_every),
        m_window(window), m_next_check((check_every + 7) / 8) {}

  /// Outcome of `shape`; valid until the next call.
  const step_outcome& lookup(const step_shape& shape);

  struct statistics {
    std::uint64_t lookups = 0, simulated = 0, checked = 0;
    double mean_error = 0, max_error = 0; ///< relative error of the latency in spot checks, absolute value
    double bias = 0;                      ///< mean signed relative error
  };
  statistics stats() const;

private:
  /// A grid node. Axes are integers; see node_shape for their meaning.
  struct node {
    std::uint32_t decode = 0;    ///< decoding sequences
    std::uint32_t tokens = 0;    ///< tokens of the step, decode and prefill
    std::uint8_t context = 0;    ///< mean context of decoding sequences, half octave
    std::uint8_t span = 0;       ///< mean keys per prefill token, half octave
    std::uint8_t tier = 0;       ///< share of KV outside the first tier, in quarters
    std::uint8_t finishing = 0;  ///< prefills that end in this step
    std::uint8_t prefills = 0;   ///< sequences that prefill
    bool operator==(const node& o) const {
      return decode == o.decode && tokens == o.tokens && context == o.context && span == o.span && tier == o.tier &&
             finishing == o.finishing && prefills == o.prefills;
    }
  };
  struct node_hash {
    std::size_t operator()(const node& n) const {
      const std::uint64_t counts = n.decode | std::uint64_t{n.tokens} << 32;
      const std::uint64_t others = std::uint64_t{n.context} | std::uint64_t{n.span} << 8 |
                                   std::uint64_t(n.tier | n.prefills << 4) << 16 | std::uint64_t{n.finishing} << 24;
      const std::uint64_t v = counts ^ others * 0xD6E8FEB86659FD93u;
      return static_cast<std::size_t>((v ^ v >> 31) * 0x9E3779B97F4A7C15u);
    }
  };
  step_shape node_shape(const node& n, const step_shape& like) const;
  const step_outcome& at(const node& n, const step_shape& like);
  void interpolate(const step_shape& shape);

  simulator m_simulate, m_simulate_exactly;
  unsigned m_check_every;
  attention_window m_window;
  std::unordered_map<node, step_outcome, node_hash> m_nodes;
  step_outcome m_result;
  statistics m_stats;
  std::uint64_t m_next_check;
  double m_error_sum = 0, m_bias_sum = 0;
};

} // namespace strata::traffic
