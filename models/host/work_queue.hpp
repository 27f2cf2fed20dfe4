// SPDX-License-Identifier: Apache-2.0
// The serving loop's core thread: work items one after the other, each of a length given by its step. Kernel-free.
#pragma once

#include "models/base/femtoseconds.hpp"
#include "models/host/registers.hpp"

#include <deque>

namespace strata::host {

class work_queue {
public:
  /// A step costs step_overhead + per_sequence * sequences + per_token * new_tokens.
  struct costs {
    base::duration step_overhead, per_sequence, per_token;
  };
  explicit work_queue(const costs& c) : m_costs(c) {}

  base::femtoseconds duration_of(const work_item& w) const {
    return base::to_femtoseconds(m_costs.step_overhead + m_costs.per_sequence * static_cast<double>(w.sequences) +
                                 m_costs.per_token * static_cast<double>(w.new_tokens));
  }
  void push(base::femtoseconds now, const work_item& w) {
    if (m_items.empty())
      m_end = now + duration_of(w);
    m_items.push_back(w);
  }
  /// When the item in work ends, `never` when idle.
  base::femtoseconds next() const { return m_items.empty() ? base::never : m_end; }
  /// Takes the item that ended at next() and starts the following one at that instant.
  work_item pop() {
    const work_item done = m_items.front();
    m_items.pop_front();
    if (!m_items.empty())
      m_end += duration_of(m_items.front());
    return done;
  }
  std::uint64_t pending() const { return m_items.size(); }

private:
  costs m_costs;
  std::deque<work_item> m_items; ///< the front one is in work
  base::femtoseconds m_end = 0;
};

} // namespace strata::host
