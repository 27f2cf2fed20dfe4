// SPDX-License-Identifier: Apache-2.0
// The times between successive tokens of sequences. Those of one step are mostly equal, so that runs of equal ones are
// counted together. Kernel-free.
#pragma once

#include "traffic/requests/quantile_sketch.hpp"

#include <cstdint>

namespace strata::traffic {

class token_gaps {
public:
  /// `tokens` that came together, `gap_ps` after the one before them: each is given an equal part of that.
  void add(std::int64_t gap_ps, std::uint32_t tokens) {
    if (gap_ps != m_gap_ps || tokens != m_tokens) {
      put(m_seconds);
      m_gap_ps = gap_ps;
      m_tokens = tokens;
      m_times = 0;
    }
    m_times += tokens;
  }
  /// Seconds, a value a token.
  quantile_sketch all() const {
    quantile_sketch sum = m_seconds;
    put(sum);
    return sum;
  }

private:
  void put(quantile_sketch& into) const { into.add(static_cast<double>(m_gap_ps) * 1e-12 / m_tokens, m_times); }

  quantile_sketch m_seconds;
  std::int64_t m_gap_ps = 0; ///< of the latest run
  std::uint32_t m_tokens = 1;
  std::uint64_t m_times = 0;
};

} // namespace strata::traffic
