// SPDX-License-Identifier: Apache-2.0
// Reading the mapping text and taking burst numbers apart.
#include "models/dram/address_mapping.hpp"

#include "models/base/diagnostic.hpp"
#include "models/dram/config.hpp"

#include <algorithm>
#include <array>
#include <sstream>

namespace strata::dram {

namespace {

unsigned log2_of(std::uint64_t n) {
  unsigned bits = 0;
  for (; n > 1; n >>= 1)
    ++bits;
  return bits;
}

/// One word of the mapping text; `bits` < 0 = whatever the other words of its name leave over.
struct word {
  std::string name;
  int bits;
};

[[noreturn]] void reject(const std::string& mapping, const std::string& why) {
  throw base::input_error({}, "mapping: '" + mapping + "' " + why);
}

std::vector<word> words_of(const std::string& mapping) {
  std::vector<word> words;
  std::istringstream in(mapping);
  for (std::string text; in >> text;) {
    const auto colon = text.find(':');
    const std::string count = colon == std::string::npos ? "" : text.substr(colon + 1);
    if (colon != std::string::npos && (count.empty() || count.size() > 2 || count.find_first_not_of("0123456789") != std::string::npos))
      reject(mapping, "has '" + text + "', expected a number of bits after the colon");
    words.push_back({text.substr(0, colon), count.empty() ? -1 : std::stoi(count)});
  }
  return words;
}

/// Fills in the open word of `name` and checks that its words add up to `bits`.
void settle(std::vector<word>& words, const std::string& name, unsigned bits, const std::string& mapping) {
  word* open = nullptr;
  int used = 0, count = 0;
  for (auto& w : words) {
    if (w.name != name)
      continue;
    ++count;
    if (w.bits >= 0)
      used += w.bits;
    else if (open)
      reject(mapping, "leaves the bits of more than one '" + name + "' open");
    else
      open = &w;
  }
  const int left = static_cast<int>(bits) - used;
  const bool may_lack = bits == 0 && name == "rank";
  if ((count == 0 && !may_lack) || left < 0 || (left > 0 && !open))
    reject(mapping, "gives '" + name + "' " + std::to_string(used) + " bits, expected " + std::to_string(bits));
  if (open)
    open->bits = left;
}

} // namespace

address_mapping::address_mapping(const dram_config& c) : m_channels(c.lanes()) {
  std::vector<word> words = words_of(c.mapping);
  const std::array<std::string, 6> names{"row", "rank", "bank", "bank_group", "column", "channel"};
  for (const auto& w : words)
    if (std::find(names.begin(), names.end(), w.name) == names.end())
      reject(c.mapping, "has '" + w.name + "', expected row, rank, bank, bank_group, column or channel");
  const auto count = [&words](const std::string& name) {
    return std::count_if(words.begin(), words.end(), [&name](const word& w) { return w.name == name; });
  };
  if (words.empty() || words.front().name != "row" || count("row") != 1 || words.front().bits >= 0)
    reject(c.mapping, "does not begin with 'row', once and without a size");
  if (count("channel") != 1)
    reject(c.mapping, "does not name 'channel' exactly once");
  settle(words, "rank", log2_of(c.ranks), c.mapping);
  settle(words, "bank", log2_of(c.banks_per_group), c.mapping);
  settle(words, "bank_group", log2_of(c.bank_groups), c.mapping);
  settle(words, "column", log2_of(c.bursts_per_row()), c.mapping);

  unsigned shift = 0, bank_shift = 0, group_shift = log2_of(c.banks_per_group), rank_shift = log2_of(c.banks_per_rank());
  for (auto w = words.rbegin(); w != words.rend() && w->name != "row"; ++w) {
    if (w->name == "channel") {
      m_granule = std::uint64_t{1} << shift;
      continue;
    }
    const auto bits = static_cast<unsigned>(w->bits);
    if (w->name != "column") {
      unsigned& to = w->name == "bank" ? bank_shift : w->name == "bank_group" ? group_shift : rank_shift;
      m_digits.push_back({shift, bits, to});
      to += bits;
    }
    shift += bits;
  }
  m_row_shift = shift;
  m_hash_bits = c.bank_hash ? log2_of(c.banks_per_rank()) : 0;
}

std::uint64_t address_mapping::local_begin(unsigned channel, std::uint64_t burst) const {
  const std::uint64_t high = burst / (m_granule * m_channels) * m_granule;
  const unsigned at = channel_of(burst);
  return high + (at > channel ? m_granule : at == channel ? burst % m_granule : 0);
}

location address_mapping::locate(std::uint64_t local) const {
  std::uint64_t bank = 0;
  for (const auto& d : m_digits)
    bank |= (local >> d.shift & ((std::uint64_t{1} << d.bits) - 1)) << d.to_shift;
  const std::uint64_t row = local >> m_row_shift;
  for (std::uint64_t rest = m_hash_bits ? row : 0; rest; rest >>= m_hash_bits)
    bank ^= rest & ((std::uint64_t{1} << m_hash_bits) - 1);
  return {static_cast<bank_index>(bank), static_cast<row_index>(row)};
}

} // namespace strata::dram
