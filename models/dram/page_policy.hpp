// SPDX-License-Identifier: Apache-2.0
// Whether a row closes after its last queued hit: never (open), always (closed), or as a saturating counter per bank
// predicts, as branch predictors do (Xu, Agarwal, Davis: Prediction in dynamic SDRAM controller policies, SAMOS 2009).
// Kernel-free.
#pragma once

#include "models/dram/bank_array.hpp"
#include "models/dram/config.hpp"

#include <vector>

namespace strata::dram {

class page_policy {
public:
  page_policy(page_kind kind, unsigned banks, unsigned counter_bits)
      : m_kind(kind), m_half(1u << (counter_bits - 1)), m_banks(kind == page_kind::adaptive ? banks : 0) {
    for (auto& b : m_banks)
      b.keep = m_half;
  }

  /// Bank `b` serves a burst of `row`, the last queued one or not. True = its row closes.
  bool close_after(bank_index b, row_index row, bool last) {
    if (m_kind != page_kind::adaptive)
      return last && m_kind == page_kind::closed;
    return predict(m_banks[static_cast<std::size_t>(b)], row, last);
  }

private:
  struct bank {
    row_index row = no_row; ///< of the latest decision, until the bank's next access shows whether it was right
    unsigned keep = 0;      ///< from m_half on rows are kept open
  };
  bool predict(bank& b, row_index row, bool last) const {
    if (b.row != no_row) {
      if (b.row != row)
        b.keep -= b.keep > 0;
      else
        b.keep += b.keep < 2 * m_half - 1;
    }
    b.row = last ? row : no_row;
    return last && b.keep < m_half;
  }

  page_kind m_kind;
  unsigned m_half;
  std::vector<bank> m_banks;
};

} // namespace strata::dram
