// SPDX-License-Identifier: Apache-2.0
// Which channel, bank and row hold a burst, after a mapping such as "row bank column bank_group channel column:2".
// Kernel-free.
#pragma once

#include "models/dram/bank_array.hpp"

#include <cstdint>
#include <vector>

namespace strata::dram {

struct dram_config;

/// Where in its channel a burst lives; the column does not matter to timing.
struct location {
  bank_index bank;
  row_index row;
};

/// Splits a burst number (address / burst bytes) into a channel and a local number, which names the burst inside any
/// channel; local numbers of one channel are contiguous for contiguous addresses.
class address_mapping {
public:
  /// Throws base::input_error where the mapping text does not fit the organisation.
  explicit address_mapping(const dram_config& c);

  /// Consecutive bursts that stay in one channel.
  std::uint64_t granule() const { return m_granule; }
  unsigned channels() const { return m_channels; }

  unsigned channel_of(std::uint64_t burst) const { return static_cast<unsigned>(burst / m_granule % m_channels); }
  std::uint64_t local_of(std::uint64_t burst) const {
    return burst / (m_granule * m_channels) * m_granule + burst % m_granule;
  }
  /// Number of bursts of `channel` below burst number `burst`: the local number where a range from there on begins.
  std::uint64_t local_begin(unsigned channel, std::uint64_t burst) const;
  location locate(std::uint64_t local) const;

private:
  /// Bits of the bank number (rank above bank group above bank).
  struct digit {
    unsigned shift;    ///< position in the local number
    unsigned bits;
    unsigned to_shift; ///< position in the bank number
  };
  std::uint64_t m_granule = 1;
  unsigned m_channels;
  unsigned m_row_shift = 0;
  unsigned m_hash_bits = 0; ///< of the bank number in its rank; 0 = not hashed
  std::vector<digit> m_digits;
};

} // namespace strata::dram
