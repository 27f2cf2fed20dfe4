// SPDX-License-Identifier: Apache-2.0
// Every DRAM timing constraint, each applied by the command that begins it.
#include "models/dram/bank_array.hpp"

#include <algorithm>

namespace strata::dram {

namespace {
void raise(cycle& to, cycle at_least) { to = std::max(to, at_least); }
} // namespace

bank_array::bank_array(const timing& t, unsigned bank_groups, unsigned banks_per_group)
    : m_t(t), m_banks(std::size_t{bank_groups} * banks_per_group), m_groups(bank_groups) {
  for (std::size_t b = 0; b < m_banks.size(); ++b)
    m_banks[b].group = static_cast<unsigned>(b / banks_per_group);
}

cycle bank_array::precharge_all_from() const {
  cycle from = 0;
  for (const auto& b : m_banks)
    if (b.row != no_row)
      raise(from, b.precharge);
  return from;
}

cycle bank_array::refresh_all_from() const {
  cycle from = 0;
  for (const auto& b : m_banks)
    raise(from, b.activate);
  return from;
}

void bank_array::note_activate(cycle t, bank& b) {
  raise(b.activate, t + m_t.rc);
  raise(m_groups[b.group].activate, t + m_t.rrd_l);
  raise(m_activate, t + m_t.rrd_s);
  m_window[m_oldest] = t + m_t.faw;
  m_oldest = (m_oldest + 1) % m_window.size();
}

void bank_array::activate(cycle t, bank_index b, row_index row) {
  bank& k = at(b);
  k.row = row;
  m_open |= bit(b);
  raise(k.precharge, t + m_t.ras);
  raise(k.read, t + m_t.rcd_read);
  raise(k.write, t + m_t.rcd_write);
  note_activate(t, k);
}

void bank_array::precharge(cycle t, bank_index b) {
  at(b).row = no_row;
  m_open &= ~bit(b);
  raise(at(b).activate, t + m_t.rp);
}

void bank_array::column(cycle t, bank_index b, bool write, bool close) {
  bank& k = at(b);
  group& g = m_groups[k.group];
  if (write) {
    raise(m_write, t + m_t.ccd_s);
    raise(g.write, t + m_t.ccd_l);
    raise(m_read, t + m_t.write_end() + m_t.wtr_s);
    raise(g.read, t + m_t.write_end() + m_t.wtr_l);
    raise(k.precharge, t + m_t.write_end() + m_t.wr);
  } else {
    raise(m_read, t + m_t.ccd_s);
    raise(g.read, t + m_t.ccd_l);
    raise(m_write, t + m_t.rtw);
    raise(k.precharge, t + m_t.rtp);
  }
  if (close)
    precharge(k.precharge, b);
}

void bank_array::precharge_all(cycle t) {
  for (auto& b : m_banks)
    if (b.row != no_row) {
      b.row = no_row;
      raise(b.activate, t + m_t.rp);
    }
  m_open = 0;
}

void bank_array::refresh_all(cycle t) {
  for (auto& b : m_banks)
    raise(b.activate, t + m_t.rfc);
}

void bank_array::refresh_bank(cycle t, bank_index b) {
  note_activate(t, at(b)); // a per-bank refresh activates rows: same distances to other activates
  raise(at(b).activate, t + m_t.rfc);
}

} // namespace strata::dram
