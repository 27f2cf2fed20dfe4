// SPDX-License-Identifier: Apache-2.0
// Every DRAM timing constraint, each applied by the command that begins it.
#include "models/dram/bank_array.hpp"

#include <algorithm>

namespace strata::dram {

namespace {
void raise(cycle& to, cycle at_least) { to = std::max(to, at_least); }

template <class F> void for_each(std::uint64_t banks, F what) {
  for (; banks != 0; banks &= banks - 1)
    what(static_cast<bank_index>(__builtin_ctzll(banks)));
}
} // namespace

bank_array::bank_array(const timing& t, unsigned bank_groups, unsigned banks_per_group, unsigned ranks)
    : m_t(t), m_banks(std::size_t{ranks} * bank_groups * banks_per_group), m_groups(std::size_t{ranks} * bank_groups),
      m_ranks(ranks), m_group_bits(static_cast<unsigned>(__builtin_ctz(bank_groups))) {
  for (std::size_t b = 0; b < m_banks.size(); ++b)
    m_banks[b].group = static_cast<unsigned>(b / banks_per_group);
}

cycle bank_array::precharge_from(std::uint64_t banks) const {
  cycle from = 0;
  for_each(banks & m_open, [&](bank_index b) { raise(from, at(b).precharge); });
  return from;
}

cycle bank_array::refresh_all_from(std::uint64_t banks) const {
  cycle from = 0;
  for_each(banks, [&](bank_index b) { raise(from, at(b).activate); });
  return from;
}

cycle bank_array::refresh_same_bank_from(std::uint64_t banks) const {
  cycle from = 0;
  for_each(banks, [&](bank_index b) { raise(from, std::max(activate_from(b), m_ranks[rank_of(at(b))].refresh)); });
  return from;
}

void bank_array::note_activate(cycle t, bank& b) {
  raise(b.activate, t + m_t.rc);
  raise(m_groups[b.group].activate, t + m_t.rrd_l);
  hold_activates(t, rank_of(b), m_t.rrd_s);
}

/// A command that counts as an activate: the rank's next one comes `gap` later and keeps the four-activate window.
void bank_array::hold_activates(cycle t, unsigned number, cycle gap) {
  rank& r = m_ranks[number];
  r.window[r.oldest] = t + m_t.faw;
  r.oldest = (r.oldest + 1) % r.window.size();
  const cycle from = std::max(t + gap, r.window[r.oldest]);
  for (unsigned g = number << m_group_bits; g < (number + 1) << m_group_bits; ++g)
    raise(m_groups[g].activate, from);
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

void bank_array::precharge(cycle t, std::uint64_t banks) {
  for_each(banks & m_open, [&](bank_index b) { precharge(t, b); });
}

void bank_array::column(cycle t, bank_index b, bool write, bool close) {
  bank& k = at(b);
  group& g = m_groups[k.group];
  if (write) {
    raise(g.write, t + m_t.ccd_l);
    raise(g.read, t + m_t.write_end() + m_t.wtr_l);
    raise(k.precharge, t + m_t.write_end() + m_t.wr);
  } else {
    raise(g.read, t + m_t.ccd_l);
    raise(k.precharge, t + m_t.rtp);
  }
  const cycle read = t + (write ? m_t.write_end() + m_t.wtr_s : m_t.ccd_s);
  const cycle next_write = t + (write ? m_t.ccd_s : m_t.rtw);
  if (m_ranks.size() == 1) {
    raise(m_read, read);
    raise(m_write, next_write);
  } else {
    pass_bus(t, rank_of(k), write, read, next_write);
  }
  if (close)
    precharge(k.precharge, b);
}

/// After a column command of rank `number`, which takes the next ones from `read` and `write` on: the other ranks wait
/// for the data bus only, and leave a gap on it.
void bank_array::pass_bus(cycle t, unsigned number, bool was_write, cycle read, cycle write) {
  const cycle other_read = t + (was_write ? m_t.rank_wtr : m_t.rank_gap);
  const cycle other_write = t + (was_write ? m_t.rank_gap : m_t.rank_rtw);
  raise(m_read, std::min(read, other_read));
  raise(m_write, std::min(write, other_write));
  for (unsigned g = 0; g < m_groups.size(); ++g) {
    const bool same = g >> m_group_bits == number;
    raise(m_groups[g].read, same ? read : other_read);
    raise(m_groups[g].write, same ? write : other_write);
  }
}

void bank_array::refresh_all(cycle t, std::uint64_t banks) {
  for_each(banks, [&](bank_index b) { raise(at(b).activate, t + m_t.rfc); });
}

void bank_array::refresh_bank(cycle t, bank_index b) {
  note_activate(t, at(b)); // a per-bank refresh activates rows: same distances to other activates
  raise(at(b).activate, t + m_t.rfc);
}

void bank_array::refresh_same_bank(cycle t, std::uint64_t banks) {
  const unsigned number = rank_of(at(static_cast<bank_index>(__builtin_ctzll(banks))));
  hold_activates(t, number, m_t.rfc_other);
  m_ranks[number].refresh = t + m_t.rfc;
  refresh_all(t, banks);
}

} // namespace strata::dram
